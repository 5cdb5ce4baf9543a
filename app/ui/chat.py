"""The chat page: ask, watch the checked answer come, open its passages, go on."""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING
from uuid import uuid4

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.learner.store import Conversation, Learner, Message
from app.learner.usage import Budget
from app.llm.settings import BUILT_IN
from app.quiz.request import quiz_request
from app.ui import session
from app.ui.answer_view import draw_answer
from app.ui.quiz_start import start_on_conversation, start_on_topic
from app.ui.render import answer_html, plain_html
from app.ui.sidebar import draw_sidebar, escape_label
from corpus.errors import TutorError

if TYPE_CHECKING:
    from app.tutor.voice import Voice


def chat_page() -> None:
    """Draw the page."""
    learner = session.current_learner()
    conversation = session.current_conversation()
    draw_sidebar(learner, conversation)
    st.header(session.exam().name)
    _banner()
    _end_interrupted()
    messages = session.store().messages(conversation.id) if conversation else []
    typed = st.chat_input("Ask about the exam …", max_chars=4000)
    if typed:
        topic = quiz_request(typed)
        if topic is not None:
            start_on_topic(learner, topic)
        else:
            _ask(learner, conversation, typed)
    if not messages:
        _first_questions(learner)
    continued = messages.pop() if messages and messages[-1].id == st.session_state.pop("continue", None) else None
    for i, message in enumerate(messages):
        _draw(learner, messages, i, message)
    if continued is not None:
        _answer_now(messages, session.store().resume_answer(continued.id))
    elif messages and messages[-1].role == "user":
        begun = session.store().begin_answer(messages[-1].conversation_id, uuid4().hex)
        _answer_now(messages, begun)
    session.tutor_loader()


def _banner() -> None:
    status = session.exam().status
    if status.state == "live" or st.session_state.get("banner_closed"):
        return
    code = session.exam().code
    when = f" on {status.retired_on:%d %B %Y}" if status.retired_on else ""
    instead = f" {status.successor} is the live exam." if status.successor else ""
    text, button = st.columns([6, 1], vertical_alignment="center")
    text.info(f"{code} was retired{when} and can no longer be taken.{instead}", icon=":material/info:")
    if button.button("Hide", help="Hide this notice"):
        st.session_state["banner_closed"] = True
        st.rerun()


def _first_questions(learner: Learner) -> None:
    st.write(
        "Ask in your own words, or begin with one of these. Every sentence of an answer shows where it comes from."
    )
    with st.container(horizontal=True):
        for i, question in enumerate(session.exam().suggested_questions):
            if st.button(escape_label(question), key=f"first-{i}"):
                _ask(learner, None, question)


def _ask(learner: Learner, conversation: Conversation | None, text: str, key: str | None = None) -> None:
    """Store a question and go to its conversation; the answer comes in the next run."""
    text = text.strip()
    if not text:
        return
    if conversation is None:
        conversation = session.store().start_conversation(learner.id, text)
    session.store().add_question(conversation.id, text, key or uuid4().hex)
    session.open_conversation(conversation.id)
    st.rerun()


def _end_interrupted() -> None:
    """A run that was stopped while it streamed left its message behind: keep what is there."""
    message_id = st.session_state.pop("streaming", None)
    if message_id is not None:
        session.store().end_answer(message_id, "stopped")


def _draw(learner: Learner, messages: list[Message], i: int, message: Message) -> None:
    last = i == len(messages) - 1
    if message.role == "user":
        with st.chat_message("user"):
            _draw_question(learner, message)
        return
    with st.chat_message("assistant"):
        if message.answer is not None:
            draw_answer(message, message.answer, lambda text: _ask_in(message, learner, text), last=last)
        if message.state != "complete":
            st.caption("Stopped here." if message.state == "stopped" else "The answer was interrupted here.")
        if last and message.answer is not None and message.answer.broken:
            _continue_button(message)
        if last:
            _draw_below(learner, message)


def _draw_below(learner: Learner, message: Message) -> None:
    with st.container(horizontal=True):
        if st.button("Ask again", key=f"again-{message.id}", icon=":material/refresh:", type="tertiary"):
            session.store().cut_from(message.id)
            st.rerun()
        if message.answer is None or not message.answer.citations:
            return
        if st.button("Quiz me on this", key=f"quiz-{message.id}", icon=":material/quiz:", type="tertiary"):
            conversation = session.store().conversation(message.conversation_id)
            if conversation is not None:
                start_on_conversation(learner, conversation)


def _continue_button(message: Message) -> None:
    """Offer to go on with an answer whose model broke off."""
    if st.button("Continue", key=f"continue-{message.id}", icon=":material/play_arrow:", type="tertiary"):
        st.session_state["continue"] = message.id
        st.rerun()


def _ask_in(message: Message, learner: Learner, text: str) -> None:
    _ask(learner, session.store().conversation(message.conversation_id), text)


def _draw_question(learner: Learner, message: Message) -> None:
    if st.session_state.get("editing") == message.id:
        with st.form(f"edit-{message.id}", border=False):
            text = st.text_area("Edit the question", value=message.text, max_chars=4000)
            send, cancel = st.columns([1, 4])
            if send.form_submit_button("Ask", type="primary") and text.strip():
                st.session_state.pop("editing")
                session.store().cut_from(message.id)
                _ask_in(message, learner, text)
            if cancel.form_submit_button("Cancel"):
                st.session_state.pop("editing")
                st.rerun()
        return
    st.html(plain_html(message.text))
    if st.button("Edit", key=f"edit-button-{message.id}", type="tertiary", help="Edit the question and ask again"):
        st.session_state["editing"] = message.id
        st.rerun()


def _answer_now(messages: list[Message], into: Message) -> None:
    """Answer the last message, sentence by sentence; each is stored before the next one comes."""
    from app.learner.answering import answer_question  # loads the tutor, which the first page need not wait for

    st.session_state["streaming"] = into.id
    with st.chat_message("assistant"):
        place = st.empty()
        waiting = st.empty()
        stop = st.empty()
        stop.button("Stop", icon=":material/stop_circle:", key=f"stop-{into.id}")
        try:
            with st.spinner("Opening the study material …" if not session.tutor_loader().ready else "Searching …"):
                tutor = session.tutor_loader().get()
            limits = session.model_settings()
            budget = Budget(limits.daily_tokens, limits.daily_turns)
            open_voice = partial(_open_voice, session.model_choice(), waiting)
            with closing(answer_question(tutor, session.store(), messages, into, open_voice, budget)) as answers:
                for answer in answers:
                    waiting.empty()
                    place.html(answer_html(answer))
                    time.sleep(session.settings().stream_pause_ms / 1000)
        except TutorError as error:
            st.error(escape_label(str(error)))
            st.session_state.pop("streaming", None)
            return
    st.session_state.pop("streaming", None)
    st.rerun()


def _open_voice(spec: str, waiting: DeltaGenerator) -> Voice | None:
    """Return the voice; while it is waited for the page says so, which also lets Stop through."""
    with waiting, st.spinner(f"Opening {escape_label(spec)} …" if spec != BUILT_IN else "Searching …"):
        voice = session.voice(spec)
    if voice is None:
        return None
    began = time.monotonic()

    def pulse() -> None:
        waiting.caption(f"{escape_label(spec)} is writing … {time.monotonic() - began:.0f} s")

    return replace(voice, pulse=pulse)
