"""The script that Streamlit runs; ``tutor serve`` starts it."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from app.learner.errors import StoreError
from app.ui.pages import pages
from app.ui.render import STYLE
from corpus.errors import TutorError

ICON = Path(__file__).with_name("icon.png")


def main() -> None:
    """Draw the page that is chosen; an error is one sentence, never a traceback."""
    st.set_page_config(page_title="Exam tutor", page_icon=str(ICON), layout="centered")
    st.html(STYLE)
    page = st.navigation(list(pages().values()), position="top")
    try:
        page.run()
    except (StoreError, TutorError) as error:
        st.error(str(error))


main()
