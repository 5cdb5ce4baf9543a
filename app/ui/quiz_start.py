"""Choosing what a quiz is about, and starting it."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import NoReturn
from uuid import uuid4

import streamlit as st

from app.learner.confused import mixed_up
from app.learner.store import Conversation, Learner
from app.quiz.pick import Scope, nearest_with_items, pick
from app.ui import session
from app.ui.pages import go_to
from app.ui.sidebar import escape_label
from corpus.errors import TutorError
from corpus.item import Item

_WHAT = (
    "Whole exam", "Domain", "Objective", "Service", "What I confuse", "What is easily confused", "From a conversation",
)  # fmt: skip
NO_SETS = (
    "This pack has no questions for this choice, and none can be composed, because it has no choices.yaml. Write one that"
    " lists what is weighed against each other, add questions under items/free, or run `tutor quiz write --model`."
)
_COUNTS = (5, 10, 20, 30)
_PAIRS = 8
_CONVERSATIONS = 20


def draw_start(learner: Learner) -> None:
    """Draw the choice of a quiz, and the quizzes that wait to be finished."""
    _unfinished(learner)
    what = st.selectbox("What to practise", _WHAT)
    scope, title = _scope(learner, what)
    count = st.radio("Questions", _COUNTS, index=1, horizontal=True)
    if st.button("Start", type="primary", disabled=scope is None, shortcut="Enter") and scope is not None:
        start_scope(learner, scope, title, count)
    st.caption("Keys in a quiz: 1 to 6 choose, Enter submits, N goes on, H gives a hint.")


def start_scope(learner: Learner, scope: Scope, title: str, count: int) -> None:
    """Pick the items of a quiz and go to it; say so if there are none."""
    items = _picked(learner, scope, count)
    if items:
        _start_picked(learner, title, items, count)
    if session.material().choices:
        st.warning("There are no questions for this choice; choose something wider.")
    else:
        st.warning(NO_SETS)


def _picked(learner: Learner, scope: Scope, count: int) -> tuple[Item, ...]:
    with st.spinner("Choosing questions …"):
        return pick(
            scope,
            count,
            random.randrange(2**31),
            bank=[*session.bank(), *session.items().generated()],
            material=session.material(),
            composer=session.composer(),
            seen=session.quizzes().seen(learner.id),
            barred=session.items().barred(learner.id),
        )


def _start_picked(learner: Learner, title: str, items: Sequence[Item], count: int) -> NoReturn:
    if len(items) < count:
        st.toast(f"There are {len(items)} questions for this choice.")
    start_quiz(learner, title, items)


def start_quiz(learner: Learner, title: str, items: Sequence[Item]) -> NoReturn:
    """Store a quiz and go to its first question."""
    quiz = session.quizzes().start(learner.id, title, items, random.randrange(2**31), uuid4().hex)
    go_to("quiz", quiz=quiz.id)


def start_on_topic(learner: Learner, topic: str) -> None:
    """Start a quiz on a topic in a learner's own words; on the whole exam if it is empty."""
    if not topic:
        start_scope(learner, Scope(), "Whole exam", 10)
        return
    notes = frozenset(_notes_on(topic))
    if not notes:
        st.warning(f"No topic of the material is called {escape_label(topic)}; choose one on the quiz page.")
        return
    items = _picked(learner, Scope(notes=notes), 5)
    if items:
        _start_picked(learner, f"Quiz on {topic}", items, 5)
    found = nearest_with_items(notes, bank=session.bank(), material=session.material(), composer=session.composer())
    hint = f" The nearest topic with questions is “{session.material().notes[found].meta.title}”." if found else ""
    st.warning(escape_label(f"There are no questions on “{topic}”.{hint}"))


def start_on_conversation(learner: Learner, conversation: Conversation) -> None:
    """Start a quiz on what the answers of a conversation cite."""
    start_scope(learner, Scope(notes=notes_cited(conversation)), f"From: {conversation.title}", 5)


def _notes_on(topic: str) -> list[str]:
    tutor = session.tutor_loader().get()
    documents = [tutor.document(found.document) for found in tutor.topics.find(topic)]
    return [document.path.rsplit("/", 1)[-1].removesuffix(".md") for document in documents if document is not None]


def _scope(learner: Learner, what: str) -> tuple[Scope | None, str]:
    """Return the scope that is chosen, or None, and the quiz's title."""
    exam = session.exam()
    if what == "Domain":
        domain = st.selectbox("Domain", exam.domains, format_func=lambda d: f"{d.id}. {d.title} ({d.weight_pct} %)")
        return Scope(objective=domain.id), domain.title
    if what == "Objective":
        objective = st.selectbox(
            "Objective", list(exam.objectives().values()), format_func=lambda o: f"{o.id} {escape_label(o.text)}"
        )
        return Scope(objective=objective.id), f"Objective {objective.id}: {objective.text}"
    if what == "Service":
        service = st.selectbox("Service", sorted(exam.services()))
        return Scope(service=service), service
    if what == "What is easily confused":
        return Scope(confusions=True), "What is easily confused"
    if what == "What I confuse":
        return _confused(learner), "What I confuse"
    if what == "From a conversation":
        return _conversation(learner), "From a conversation"
    return Scope(), "Whole exam"


def _confused(learner: Learner) -> Scope | None:
    """Return the pairs that the learner took for each other so far, or None if there are none."""
    pairs = mixed_up(session.quizzes().attempts(learner.id))[:_PAIRS]
    if not pairs:
        st.caption("Nothing yet: this drills what you took for something else in earlier quizzes.")
        return None
    for pair in pairs[:3]:
        st.caption(escape_label(f"{pair.chosen} in place of {pair.key} ({pair.times}×)"))
    return Scope(
        notes=frozenset(note for pair in pairs for note in pair.notes),
        pairs=frozenset(frozenset({pair.key.casefold(), pair.chosen.casefold()}) for pair in pairs),
    )


def _conversation(learner: Learner) -> Scope | None:
    """Return the topics cited in a conversation that the learner chooses, the newest first."""
    cited = {c.id: (c, notes_cited(c)) for c in session.store().conversations(learner.id)[:_CONVERSATIONS]}
    with_topics = [found for found, notes in cited.values() if notes]
    if not with_topics:
        st.caption("No conversation with cited answers yet. Ask the tutor something first.")
        return None
    chosen = st.selectbox("Conversation", with_topics, format_func=lambda c: escape_label(c.title))
    return Scope(notes=cited[chosen.id][1])


def notes_cited(conversation: Conversation) -> frozenset[str]:
    """Return the ids of the notes that the answers of a conversation cite."""
    answers = [m.answer for m in session.store().messages(conversation.id) if m.answer is not None]
    return frozenset(c.path.rsplit("/", 1)[-1].removesuffix(".md") for answer in answers for c in answer.citations)


def _unfinished(learner: Learner) -> None:
    try:
        waiting = [quiz for quiz in session.quizzes().quizzes(learner.id, 10) if not quiz.is_done]
    except TutorError:
        return
    for quiz in waiting[:3]:
        label = f"Go on: {quiz.title} ({len(quiz.attempts)} of {len(quiz.items)} answered)"
        if st.button(escape_label(label), key=f"resume-{quiz.id}", icon=":material/play_arrow:", width="stretch"):
            go_to("quiz", quiz=quiz.id)
