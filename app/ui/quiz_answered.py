"""An answered question: right or wrong, why each option is, its passages, and what one can do about it."""

from __future__ import annotations

from uuid import uuid4

import streamlit as st

from app.learner.quizzes import Attempt, Quiz
from app.learner.store import Learner
from app.quiz.audit import audit_item
from app.quiz.blind import display_order
from app.ui import quiz_state, session
from app.ui.pages import go_to
from app.ui.passage import show_proof
from app.ui.render import inline_html
from app.ui.sidebar import code_label, escape_label
from corpus.item import Item, Option


def draw_answered(learner: Learner, quiz: Quiz, number: int, attempt: Attempt) -> None:
    """Draw the verdict, then what one can do next, then all options."""
    item = attempt.item
    if attempt.right:
        st.success("Right.", icon=":material/check_circle:")
    else:
        key = "; ".join(option.text for option in item.key)
        st.error(f"Wrong. The answer is: {code_label(key)}.", icon=":material/cancel:")
    with st.container(horizontal=True):
        st.button(
            "Summary" if quiz.is_done else "Next",
            key="next",
            type="primary",
            icon=":material/arrow_forward:",
            shortcut="N",
            on_click=quiz_state.show_next,
            args=(quiz, number),
        )
        if st.button("Ask the tutor about this", key="ask", icon=":material/chat:"):
            ask_tutor(learner, attempt)
        with st.popover("Report this question"):
            _report(learner, item)
    draw_options(quiz, attempt)


def draw_options(quiz: Quiz, attempt: Attempt) -> None:
    """Draw every option in the order in which it was shown."""
    for index in display_order(attempt.item, quiz.seed):
        with st.container(gap=None):
            _draw_option(attempt.item.options[index], attempt, f"{attempt.item.id}-{index}")


def _draw_option(option: Option, attempt: Attempt, key: str) -> None:
    """What was chosen, why it is right or wrong, the words of the question that decide, and its passages."""
    state = "Right" if option.correct else "Wrong"
    mark = "✓" if option.correct else "✗"
    yours = " · your answer" if option.text in attempt.chosen else ""
    decides = (
        f"<br><small>It misses what the question asks for: “{inline_html(option.violates)}”.</small>"
        if option.violates
        else ""
    )
    st.html(
        f'<div class="option {"key" if option.correct else "wrong"}"><strong>{mark} {inline_html(option.text)}</strong>'
        f" <small>({state}{yours})</small><br>{inline_html(option.why)}{decides}</div>"
    )
    notes = session.material().notes
    with st.container(horizontal=True, gap="small"):
        for number, proof in enumerate(option.proof):
            note = notes.get(proof.note)
            if note is not None and st.button(
                f"Passage: {escape_label(note.meta.title)}",
                key=f"proof-{key}-{number}",
                type="tertiary",
                icon=":material/menu_book:",
            ):
                show_proof(note, proof.quote)


def ask_tutor(learner: Learner, attempt: Attempt) -> None:
    """Carry the question into a new conversation: why the key is right, and not what was chosen."""
    key = " and ".join(f"“{option.text}”" for option in attempt.item.key)
    wrong = [option.text for option in attempt.item.distractors if option.text in attempt.chosen]
    rather = f" and not “{wrong[0]}”" if wrong else ""
    question = f"{attempt.item.stem}\nWhy is {key} right{rather}?"
    conversation = session.store().start_conversation(learner.id, f"Quiz: {attempt.item.stem}")
    session.store().add_question(conversation.id, question, uuid4().hex)
    go_to("chat", c=conversation.id)


def _report(learner: Learner, item: Item) -> None:
    """Report a question: it is audited again at once, and taken out of use if it fails; or take a report back."""
    outcome = session.items().disputed(learner.id).get(item.id)
    if outcome:
        st.write(escape_label(outcome))
        st.button("Take the report back", key=f"withdraw-{item.id}", on_click=_withdraw, args=(learner, item))
        return
    with st.form(f"report-{item.id}", border=False):
        claimed = st.multiselect("Which option is right?", [option.text for option in item.options])
        comment = st.text_area("What is wrong with it?", max_chars=2000)
        if st.form_submit_button("Report"):
            session.items().dispute(learner.id, item, comment, _flaws(item), claimed)
            st.rerun()


def _withdraw(learner: Learner, item: Item) -> None:
    session.items().withdraw(learner.id, item, _flaws(item))


def _flaws(item: Item) -> list[str]:
    return [flaw.what for flaw in audit_item(item, session.material()).flaws]
