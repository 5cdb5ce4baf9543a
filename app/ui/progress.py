"""The progress page: how often a learner was right, by domain and objective, with what little that may show."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from app.learner.progress import Accuracy, by_domain, by_objective
from app.ui import session
from app.ui.pages import go_to
from app.ui.sidebar import draw_sidebar


def progress_page() -> None:
    """Draw the page."""
    learner = session.current_learner()
    draw_sidebar(learner, None)
    st.header("Progress")
    attempts = session.quizzes().attempts(learner.id)
    if not attempts:
        st.write("Nothing answered yet. Take a quiz, and this page shows what you know by domain and objective.")
        if st.button("Take a quiz", type="primary"):
            go_to("quiz")
        return
    st.caption(
        "The first answer to each question counts. The bar shows the share that was right, the line the range that a"
        " few answers leave open (95 %)."
    )
    exam = session.exam()
    st.html(_table("Domain", by_domain(attempts, exam)))
    st.subheader("Objectives")
    rows = by_objective(attempts, exam)
    st.html(_table("Objective", [row for row in rows if row.answered]))
    waiting = [row for row in rows if not row.answered]
    if waiting:
        with st.expander(f"Not answered yet: {len(waiting)} of {len(rows)} objectives"):
            st.html("".join(f"<p>{escape(row.id)} {escape(row.title)}</p>" for row in waiting))


def _table(name: str, rows: Sequence[Accuracy]) -> str:
    body = "".join(
        f'<tr><th scope="row">{escape(row.id)} {escape(row.title)}</th><td>{_bar(row)}</td><td>{_words(row)}</td></tr>'
        for row in rows
    )
    head = f'<tr><th scope="col">{name}</th><th scope="col">Right</th><th scope="col">Answers</th></tr>'
    return f'<div class="progress"><table><thead>{head}</thead><tbody>{body}</tbody></table></div>'


def _bar(row: Accuracy) -> str:
    if not row.answered:
        return "not answered yet"
    left, width = 100 * row.low, 100 * (row.high - row.low)
    return (
        f'<div class="bar" aria-hidden="true"><div style="width:{100 * row.share:.0f}%"></div>'
        f'<span style="left:{left:.0f}%;width:{width:.0f}%"></span></div>'
    )


def _words(row: Accuracy) -> str:
    if not row.answered:
        return "0"
    return f"{row.right} of {row.answered} ({row.share:.0%}, {row.low:.0%} to {row.high:.0%})"
