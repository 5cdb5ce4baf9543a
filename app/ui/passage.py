"""A passage marked in its note, in a dialog."""

from __future__ import annotations

import streamlit as st

from app.tutor.types import Citation
from app.ui import session
from app.ui.render import note_html, passage_html, plain_html
from app.ui.sidebar import escape_label
from corpus.errors import TutorError
from corpus.item import quote_span
from corpus.markdown import sections
from corpus.note import Note


@st.dialog("Passage", width="large")
def show_citation(citation: Citation) -> None:
    """Show the passage marked in its section, and the whole note below; the stored quote if the note has changed."""
    st.subheader(escape_label(citation.heading))
    try:
        tutor = session.tutor_loader().get()
        document = tutor.document(citation.document)
        newer = tutor.document_by_path(citation.path) if document is None else None
    except TutorError as error:
        st.warning(str(error))
        document = newer = None
    start, end = citation.start, citation.end
    if document is None and newer is not None:
        start = newer.text.find(citation.quote)
        end = start + len(citation.quote)
        document = newer if start >= 0 else None
        st.caption("The note has changed since this answer." + (" The passage is still in it." if document else ""))
    elif document is None:
        st.caption("The note is no longer in the material. This is what it said:")
    if document is None:
        st.html(f"<blockquote><mark>{plain_html(citation.quote)}</mark></blockquote>")
        return
    _draw(document.text, document.body_start, start, end, citation.url)


@st.dialog("Passage", width="large")
def show_proof(note: Note, quote: str) -> None:
    """Show the quote of an item's proof marked in its note."""
    st.subheader(escape_label(note.meta.title))
    span = quote_span(note.text, quote)
    if span is None:
        st.html(f"<blockquote><mark>{plain_html(quote)}</mark></blockquote>")
        return
    _draw(note.text, note.body_start, *span, note.meta.sources[0])


def _draw(text: str, body_start: int, start: int, end: int, url: str | None) -> None:
    section = next((s for s in sections(text, body_start) if s.start <= start < s.end), None)
    if section is not None:
        st.html(f'<div class="note">{passage_html(text, start, end, from_=section.start, to=section.end)}</div>')
    if url:
        st.caption(f"Source of the note: {escape_label(url)}")
    with st.expander("Whole note"):
        st.html(f'<div class="note">{note_html(text, start, end)}</div>')
