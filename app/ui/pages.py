"""The pages by name, and going from one to another."""

from __future__ import annotations

from typing import NoReturn

import streamlit as st


def pages() -> dict[str, st.Page]:
    """Return the pages in the order of the menu."""
    from app.ui.chat import chat_page
    from app.ui.evals_page import evals_page
    from app.ui.progress import progress_page
    from app.ui.quiz import quiz_page

    return {
        "chat": st.Page(chat_page, title="Chat", icon=":material/chat:", url_path="chat", default=True),
        "quiz": st.Page(quiz_page, title="Quiz", icon=":material/quiz:", url_path="quiz"),
        "progress": st.Page(progress_page, title="Progress", icon=":material/monitoring:", url_path="progress"),
        "evals": st.Page(evals_page, title="Evals", icon=":material/lab_profile:", url_path="evals"),
    }


def go_to(name: str, **query: str) -> NoReturn:
    """Leave this run for another page, with ``query`` in its address."""
    st.switch_page(pages()[name], query_params=query)
