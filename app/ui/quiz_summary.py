"""The end of a quiz: how many were right, the questions again, a retry of the misses, and files to take along."""

from __future__ import annotations

from functools import partial

import streamlit as st

from app.learner.quizzes import Quiz
from app.learner.store import Learner
from app.quiz.export import MIME, SUFFIXES, Format, export_items
from app.ui import session
from app.ui.pages import go_to
from app.ui.quiz_answered import draw_options
from app.ui.quiz_start import start_quiz
from app.ui.render import inline_html
from app.ui.sidebar import escape_label

_DOWNLOADS: dict[Format, str] = {
    "anki": "Anki deck (.apkg)", "csv": "Table (.csv)", "qti": "QTI 2.1 package (.zip)", "json": "JSON",
}  # fmt: skip


def draw_summary(learner: Learner, quiz: Quiz) -> None:
    """Draw the result and every question with its explanation folded."""
    st.subheader(f"{quiz.right} of {len(quiz.items)} right")
    st.progress(quiz.right / len(quiz.items))
    _by_domain(quiz)
    with st.container(horizontal=True):
        if quiz.misses and st.button("Retry the misses", key="retry", type="primary", shortcut="N"):
            start_quiz(learner, f"Retry: {quiz.title.removeprefix('Retry: ')}", quiz.misses)
        if st.button("New quiz", key="new-quiz"):
            go_to("quiz")
        if st.button("Progress", key="to-progress"):
            go_to("progress")
        with st.popover("Download"):
            _downloads(quiz)
    for number, item in enumerate(quiz.items, 1):
        attempt = quiz.attempts[item.id]
        mark, state = ("✓", "right") if attempt.right else ("✗", "wrong")
        short = item.stem if len(item.stem) < 90 else f"{item.stem[:87]}…"
        with st.expander(f"{mark} {number}. {escape_label(short)} ({state})"):
            st.html(f"<p>{inline_html(item.stem)}</p>")
            draw_options(quiz, attempt)


def _downloads(quiz: Quiz) -> None:
    """The questions of the quiz as a file, written when it is asked for."""
    for to, label in _DOWNLOADS.items():
        st.download_button(
            label,
            data=partial(export_items, quiz.items, to, quiz.title),
            file_name=f"questions.{SUFFIXES[to]}",
            mime=MIME[to],
            key=f"download-{to}",
            on_click="ignore",
            width="stretch",
        )


def _by_domain(quiz: Quiz) -> None:
    """One line for each domain asked, if there are several."""
    parts = []
    for domain in session.exam().domains:
        asked = [attempt for attempt in quiz.attempts.values() if attempt.item.domain == domain.id]
        if asked:
            parts.append(f"{domain.title}: {sum(attempt.right for attempt in asked)} of {len(asked)}")
    if len(parts) > 1:
        st.caption(escape_label(" · ".join(parts)))
