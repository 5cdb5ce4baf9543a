"""The sidebar: who learns, their conversations, and what the tutor answers from."""

from __future__ import annotations

import streamlit as st

from app.learner.errors import StoreError
from app.learner.export import conversation_markdown
from app.learner.store import Conversation, Learner
from app.learner.usage import UsageRecords
from app.llm.settings import BUILT_IN
from app.ui import session
from app.ui.pages import go_to
from ingest.status import library_status

_SHOWN = 30


def draw_sidebar(learner: Learner, current: Conversation | None) -> None:
    """Draw the sidebar for ``learner``."""
    with st.sidebar:
        _learner_picker(learner)
        if st.button("New conversation", icon=":material/add:", width="stretch"):
            go_to("chat")
        _undo()
        _conversations(learner, current)
        if current is not None:
            _manage(current)
        _model_picker()
        _library()


def _learner_picker(learner: Learner) -> None:
    learners = session.store().learners()
    names = {item.id: item.name for item in learners}
    chosen = st.selectbox(
        "Learner",
        list(names),
        index=list(names).index(learner.id),
        format_func=lambda item: names.get(item, ""),
        help="Each learner has conversations of their own.",
    )
    if chosen and chosen != learner.id:
        session.switch_learner(chosen)
        st.rerun()
    with st.popover("Add or rename learner", width="stretch"):
        with st.form("add-learner", clear_on_submit=True, border=False):
            name = st.text_input("Name of a new learner", max_chars=80)
            if st.form_submit_button("Add"):
                _try(lambda: session.switch_learner(session.store().add_learner(name).id))
        with st.form("rename-learner", border=False):
            new_name = st.text_input(f"New name for {learner.name}", max_chars=80)
            if st.form_submit_button("Rename"):
                _try(lambda: session.store().rename_learner(learner.id, new_name))


def _conversations(learner: Learner, current: Conversation | None) -> None:
    conversations = session.store().conversations(learner.id)
    st.subheader("Conversations")
    if not conversations:
        st.caption("None yet. Ask a question to begin one.")
    for item in conversations[:_SHOWN]:
        is_open = current is not None and item.id == current.id
        if st.button(
            escape_label(item.title),
            key=f"open-{item.id}",
            width="stretch",
            type="secondary" if is_open else "tertiary",
            icon=":material/chevron_right:" if is_open else None,
            help="This conversation is open" if is_open else None,
        ):
            go_to("chat", c=item.id)
    if len(conversations) > _SHOWN:
        st.caption(f"{len(conversations) - _SHOWN} older ones are kept and not listed.")


def _manage(current: Conversation) -> None:
    with st.popover("This conversation", width="stretch"):
        with st.form("rename-conversation", border=False):
            title = st.text_input("Title", value=current.title, max_chars=120)
            if st.form_submit_button("Rename"):
                _try(lambda: session.store().rename_conversation(current.id, title))
        st.download_button(
            "Export as Markdown",
            data=lambda: conversation_markdown(current, session.store().messages(current.id)),
            file_name="conversation.md",
            mime="text/markdown",
            on_click="ignore",
            width="stretch",
        )
        if st.button("Delete", icon=":material/delete:", width="stretch"):
            session.store().delete_conversation(current.id)
            st.session_state["deleted_conversation"] = (current.id, current.title)
            session.open_conversation(None)
            st.rerun()


def _undo() -> None:
    deleted = st.session_state.get("deleted_conversation")
    if deleted and st.button(f"Undo: delete {escape_label(deleted[1])}", icon=":material/undo:", width="stretch"):
        session.store().restore_conversation(deleted[0])
        del st.session_state["deleted_conversation"]
        go_to("chat", c=deleted[0])


def _model_picker() -> None:
    """Let the learner choose who words the answers; what is shown stays checked."""
    st.divider()
    configured = model_settings_name()
    offered = session.models()
    if configured not in offered:
        st.caption(f"Model: {escape_label(configured)} (TUTOR_MODEL)")
        return
    chosen = session.model_choice()
    st.selectbox(
        "Model",
        offered,
        index=offered.index(chosen) if chosen in offered else 0,
        key="model",
        format_func=lambda spec: f"{BUILT_IN} (quotes only)" if spec == BUILT_IN else spec,
        help="Who words the answers. Passages, refusals and the check of each sentence stay the same.",
    )
    spent = UsageRecords(session.store().database).today(str(st.session_state["learner_id"]))
    if spent.turns:
        st.caption(f"Today: {escape_label(used(spent.tokens, spent.cost_usd))}")


def model_settings_name() -> str:
    """Return the configured model."""
    return session.model_settings().model.strip() or BUILT_IN


def used(tokens: int, cost_usd: float) -> str:
    """Return tokens, and their cost if there is one, in words."""
    return f"{tokens:,} tokens" + (f", ${cost_usd:.4f}" if cost_usd else "")


def _library() -> None:
    state = library_status(session.settings())
    if state is None:
        st.warning("There is no study material yet. Run tutor ingest.")
    else:
        counts = f"Material: {state.documents} documents, {state.chunks:,} passages"
        st.caption(f"{counts}  \nEmbedder: {escape_label(state.embedder)}")


def escape_label(text: str) -> str:
    """Return text that Streamlit shows as it is: labels are Markdown too."""
    return "".join(f"\\{c}" if c in r"\`*_{}[]()<>#+-.!|~$:" else c for c in text)


def code_label(text: str) -> str:
    """Return text for a label in which what stands between backticks is code and all else is shown as it is."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return escape_label(text)
    return "".join(f"`{part}`" if i % 2 else escape_label(part) for i, part in enumerate(parts))


def _try(action: object) -> None:
    try:
        action()  # type: ignore[operator]
    except StoreError as error:
        st.error(str(error))
    else:
        st.rerun()
