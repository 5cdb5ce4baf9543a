"""One answer on the page: its sentences, its passages, and what one can do with it."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from app.learner.store import Message
from app.llm.settings import BUILT_IN
from app.tutor.types import Answer, Citation
from app.ui import session
from app.ui.passage import show_citation
from app.ui.render import answer_html, plain_html, withheld_html
from app.ui.sidebar import escape_label, used

Ask = Callable[[str], None]


def draw_answer(message: Message, answer: Answer, ask: Ask, *, last: bool) -> None:
    """Draw a stored answer; ``ask`` sends a follow-up question."""
    with_support = bool(st.session_state.get(f"support-{message.id}"))
    st.html(answer_html(answer, with_support=with_support))
    _citations(message, answer)
    if answer.notice:
        st.html(f'<div class="notice" role="note">{plain_html(answer.notice)}</div>')
    if answer.withheld:
        count = len(answer.withheld)
        with st.expander(f"{count} sentence{'s' if count > 1 else ''} withheld: not in your material"):
            st.html(withheld_html(answer.withheld))
    if answer.tokens:
        by = f"{answer.model}: " if answer.model != BUILT_IN else ""
        st.caption(escape_label(f"{by}{used(answer.tokens, answer.cost_usd)}"))
    if answer.kind != "chat":
        _tools(message, answer)
    if last and message.state == "complete":
        with st.container(horizontal=True):
            for i, step in enumerate(answer.next_steps):
                if st.button(escape_label(step.label), key=f"next-{message.id}-{i}", icon=":material/arrow_forward:"):
                    ask(step.question)


def _citations(message: Message, answer: Answer) -> None:
    """Draw the sections, each in one piece: a button for each of its passages, the last one named after the section."""
    sections: dict[str, list[Citation]] = {}
    for citation in answer.citations:
        sections.setdefault(citation.heading, []).append(citation)
    with st.container(horizontal=True, gap="small"):
        for heading, citations in sections.items():
            with st.container(horizontal=True, gap="xxsmall", width="content"):
                for citation in citations:
                    _citation(
                        message, citation, heading, first=citation is citations[0], last=citation is citations[-1]
                    )


def _citation(message: Message, citation: Citation, heading: str, *, first: bool, last: bool) -> None:
    if st.button(
        escape_label(f"[{citation.n}] {heading}" if last else f"[{citation.n}]"),
        key=f"cite-{message.id}-{citation.n}",
        type="tertiary",
        icon=":material/menu_book:" if first else None,
        help=f"Open passage {citation.n} in its note",
    ):
        show_citation(citation)


def _tools(message: Message, answer: Answer) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.toggle("Show support", key=f"support-{message.id}", help="Verdict and support of each sentence")
        with st.popover("Copy"):
            st.code(_as_text(answer), language=None, wrap_lines=True)
        given = {1: 1, -1: 0}.get(message.feedback or 0)
        key = f"thumbs-{message.id}"
        st.session_state.setdefault(key, given)
        st.feedback("thumbs", key=key, on_change=_rate, args=(message.id, key))


def _rate(message_id: str, key: str) -> None:
    value = st.session_state.get(key)
    session.store().rate(message_id, 1 if value == 1 else -1 if value == 0 else 0)


def _as_text(answer: Answer) -> str:
    lines = [
        "".join(
            (
                "Reworded: " if s.block == "reworded" else "",
                f"{s.column} — " if s.column else "",
                f"{s.row}: " if s.row else "",
                s.text,
                *map(_number, s.citations),
            )
        )
        for s in answer.sentences
    ]
    sources = [f"[{c.n}] {c.heading}: “{c.quote}”" for c in answer.citations]
    return "\n".join([*lines, "", *sources])


def _number(n: int) -> str:
    return f" [{n}]"
