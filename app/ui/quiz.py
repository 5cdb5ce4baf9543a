"""The quiz page: choose what to practise, one question at a time by mouse or keyboard, and go through the misses."""

from __future__ import annotations

from html import escape
from uuid import uuid4

import streamlit as st

from app.learner.quizzes import Attempt, Quiz
from app.learner.store import Learner
from app.quiz.audit import audit_item
from app.quiz.blind import display_order
from app.quiz.hints import HINTS, hint
from app.ui import session
from app.ui.pages import go_to
from app.ui.passage import show_proof
from app.ui.quiz_start import draw_start, start_quiz
from app.ui.render import plain_html
from app.ui.sidebar import draw_sidebar, escape_label
from corpus.item import Item, Option


def quiz_page() -> None:
    """Draw the page: the quiz that the address names, else the choice of one."""
    learner = session.current_learner()
    draw_sidebar(learner, None)
    quiz_id = st.query_params.get("quiz")
    quiz = session.quizzes().quiz(quiz_id) if quiz_id else None
    if quiz is None or quiz.learner_id != learner.id:
        st.header("Quiz")
        draw_start(learner)
        return
    st.header(escape_label(quiz.title))
    item = _current(quiz)
    if item is None:
        _draw_summary(learner, quiz)
    else:
        _draw_item(learner, quiz, item)


def _current(quiz: Quiz) -> Item | None:
    """Return the item to show: the one whose answer is being read, else the next one without an answer."""
    reading = st.session_state.get(f"reading-{quiz.id}")
    return next((item for item in quiz.items if item.id == reading), None) or quiz.next_item


def _draw_item(learner: Learner, quiz: Quiz, item: Item) -> None:
    number = quiz.items.index(item) + 1
    st.progress(len(quiz.attempts) / len(quiz.items), text=f"Question {number} of {len(quiz.items)}")
    st.html(f'<div class="stem">{plain_html(item.stem)}</div>')
    attempt = quiz.attempts.get(item.id)
    if attempt is None:
        _draw_open(quiz, item)
    else:
        _draw_answered(learner, quiz, item, attempt)


def _draw_open(quiz: Quiz, item: Item) -> None:
    """The options as buttons with the keys 1 to 6, then submit and hints.

    What the buttons do is in callbacks: a key pressed during a second run of the page would be lost.
    """
    key = f"chosen-{quiz.id}-{item.id}"
    chosen: list[str] = st.session_state.setdefault(key, [])
    for place, index in enumerate(display_order(item, quiz.seed), 1):
        text = item.options[index].text
        is_chosen = text in chosen
        st.button(
            escape_label(text),
            key=f"option-{item.id}-{index}",
            type="primary" if is_chosen else "secondary",
            icon=":material/check:" if is_chosen else None,
            help="Chosen" if is_chosen else None,
            width="stretch",
            shortcut=str(place),
            on_click=_toggle,
            args=(key, text, len(item.key)),
        )
    missing = len(item.key) - len(chosen)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Submit",
            key="submit",
            type="primary",
            disabled=missing > 0,
            shortcut="Enter",
            on_click=_submit,
            args=(quiz, item, chosen),
        )
        _hint_button(item)
        if missing > 0:
            st.caption(f"Choose {missing}{' more' if chosen else ''}: click, or press a number.")
    for shown in range(1, st.session_state.get(f"hints-{item.id}", 0) + 1):
        st.info(escape_label(hint(item, shown, session.exam())), icon=":material/lightbulb:")


def _submit(quiz: Quiz, item: Item, chosen: list[str]) -> None:
    session.quizzes().answer(quiz.id, item.id, chosen, st.session_state.get(f"hints-{item.id}", 0))
    st.session_state[f"reading-{quiz.id}"] = item.id


def _toggle(key: str, text: str, count: int) -> None:
    """Choose or unchoose an option; with one to choose, the last click counts."""
    chosen = list(st.session_state[key])
    if text in chosen:
        chosen.remove(text)
    else:
        chosen = [*chosen, text][-count:]
    st.session_state[key] = chosen


def _hint_button(item: Item) -> None:
    given = st.session_state.get(f"hints-{item.id}", 0)
    st.button(
        f"Hint ({HINTS - given} left)",
        key="hint",
        disabled=given >= HINTS,
        shortcut="H",
        on_click=_give_hint,
        args=(item,),
    )


def _give_hint(item: Item) -> None:
    key = f"hints-{item.id}"
    st.session_state[key] = min(HINTS, st.session_state.get(key, 0) + 1)


def _draw_answered(learner: Learner, quiz: Quiz, item: Item, attempt: Attempt) -> None:
    if attempt.right:
        st.success("Right.", icon=":material/check_circle:")
    else:
        key = ", ".join(option.text for option in item.key)
        st.error(f"Wrong. The key is: {escape_label(key)}.", icon=":material/cancel:")
    for index in display_order(item, quiz.seed):
        draw_option(item.options[index], attempt, f"{item.id}-{index}")
    with st.container(horizontal=True):
        label = "Summary" if quiz.is_done else "Next"
        st.button(
            label,
            key="next",
            type="primary",
            icon=":material/arrow_forward:",
            shortcut="N",
            on_click=lambda: st.session_state.pop(f"reading-{quiz.id}", None),
        )
        if st.button("Ask the tutor about this", key="ask", icon=":material/chat:"):
            _ask_tutor(learner, item, attempt)
        with st.popover("Report this question"):
            _report(learner, item)


def draw_option(option: Option, attempt: Attempt, key: str) -> None:
    """Draw an option with what was chosen, why it is right or wrong, and its passages."""
    with st.container(gap=None):
        _draw_option(option, attempt, key)


def _draw_option(option: Option, attempt: Attempt, key: str) -> None:
    state = "Right" if option.correct else "Wrong"
    mark = "✓" if option.correct else "✗"
    yours = " · your answer" if option.text in attempt.chosen else ""
    st.html(
        f'<div class="option {"key" if option.correct else "wrong"}"><strong>{mark} {escape(option.text)}</strong>'
        f" <small>({state}{yours})</small><br>{escape(option.why)}</div>"
    )
    notes = session.material().notes
    for number, proof in enumerate(option.proof):
        note = notes.get(proof.note)
        if note is not None and st.button(
            f"Passage: {escape_label(note.meta.title)}",
            key=f"proof-{key}-{number}",
            type="tertiary",
            icon=":material/menu_book:",
        ):
            show_proof(note, proof.quote)


def _ask_tutor(learner: Learner, item: Item, attempt: Attempt) -> None:
    """Carry the question into a conversation: the difference to what was chosen, or when to use the key."""
    wrong = [text for text in attempt.chosen if text not in {option.text for option in item.key}]
    key = item.key[0].text
    question = f"What is the difference between {key} and {wrong[0]}?" if wrong else f"When should I use {key}?"
    conversation = session.store().start_conversation(learner.id, f"Quiz: {item.stem}")
    session.store().add_question(conversation.id, question, uuid4().hex)
    go_to("chat", c=conversation.id)


def _report(learner: Learner, item: Item) -> None:
    """Report a question: it is audited again at once, and taken out of use if it fails."""
    outcome = session.quizzes().disputed(learner.id).get(item.id)
    if outcome:
        st.caption(escape_label(outcome))
        return
    with st.form(f"report-{item.id}", border=False):
        comment = st.text_area("What is wrong with it?", max_chars=2000)
        if st.form_submit_button("Report"):
            flaws = [flaw.what for flaw in audit_item(item, session.material()).flaws]
            session.quizzes().dispute(learner.id, item, comment, flaws)
            st.rerun()


def _draw_summary(learner: Learner, quiz: Quiz) -> None:
    st.subheader(f"{quiz.right} of {len(quiz.items)} right")
    st.progress(quiz.right / len(quiz.items))
    with st.container(horizontal=True):
        if quiz.misses and st.button("Retry the misses", key="retry", type="primary", shortcut="N"):
            start_quiz(learner, f"Retry: {quiz.title.removeprefix('Retry: ')}", quiz.misses)
        if st.button("New quiz", key="new-quiz"):
            go_to("quiz")
        if st.button("Progress", key="to-progress"):
            go_to("progress")
    for number, item in enumerate(quiz.items, 1):
        attempt = quiz.attempts[item.id]
        mark, state = ("✓", "right") if attempt.right else ("✗", "wrong")
        short = item.stem if len(item.stem) < 90 else f"{item.stem[:87]}…"
        with st.expander(f"{mark} {number}. {escape_label(short)} ({state})"):
            st.html(plain_html(item.stem))
            for index in display_order(item, quiz.seed):
                draw_option(item.options[index], attempt, f"{item.id}-{index}")
