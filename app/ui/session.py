"""What the pages share: the records, the tutor that loads in the background, and who is at the screen."""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

import streamlit as st

from app.learner.items import ItemRecords
from app.learner.quizzes import QuizRecords
from app.learner.store import Conversation, Learner, LearnerStore, open_store
from app.llm.offered import offered_models
from app.llm.settings import BUILT_IN, ModelSettings
from app.quiz.compose import Composer
from app.quiz.proof import Material
from app.ui.settings import UiSettings
from corpus.exam import Exam, read_exam
from corpus.item import Item, read_bank
from corpus.pack import find_pack, load_pack

if TYPE_CHECKING:
    from app.tutor.tutor import Tutor
    from app.tutor.voice import Voice

_MODELS_KNOWN_S = 30


@st.cache_resource(show_spinner=False)
def settings() -> UiSettings:
    """Return the settings, read once."""
    return UiSettings()


@st.cache_resource(show_spinner=False)
def model_settings() -> ModelSettings:
    """Return the settings of the chat model, read once."""
    return ModelSettings()


@st.cache_data(show_spinner=False, ttl=_MODELS_KNOWN_S)
def models() -> list[str]:
    """Return the models that a learner may choose from, as of the last half minute."""
    return offered_models(model_settings())


def model_choice() -> str:
    """Return the model at work in this session: the one chosen, else the configured one."""
    return str(st.session_state.get("model") or model_settings().model.strip() or BUILT_IN)


@st.cache_resource(show_spinner=False, max_entries=2)
def voice(spec: str) -> Voice | None:
    """Return the voice of a model, opened once; None for the built-in one.

    Raises:
        ModelError: it cannot be opened.
    """
    from app.tutor.voice import open_voice

    return open_voice(spec, model_settings())


@st.cache_resource(show_spinner=False)
def store() -> LearnerStore:
    """Return the learner records."""
    return open_store(settings().home, settings().database_url)


@st.cache_resource(show_spinner=False)
def exam() -> Exam:
    """Return the exam of the pack, without its notes."""
    return read_exam(find_pack(settings().pack) / "exam.yaml")


@st.cache_resource(show_spinner=False)
def quizzes() -> QuizRecords:
    """Return the quizzes in the learner records."""
    return QuizRecords(store().database)


@st.cache_resource(show_spinner=False)
def items() -> ItemRecords:
    """Return the stored items; where the bank has another key by now, answers are graded by that one."""
    records = ItemRecords(store().database)
    records.follow(bank())
    return records


@st.cache_resource(show_spinner="Opening the questions …")
def material() -> Material:
    """Return what items are proved by."""
    return Material.of(load_pack(find_pack(settings().pack)))


@st.cache_resource(show_spinner=False)
def composer() -> Composer:
    """Return what composes items over the material."""
    return Composer(material())


@st.cache_resource(show_spinner=False)
def bank() -> tuple[Item, ...]:
    """Return the items of the pack."""
    return read_bank(find_pack(settings().pack))


class TutorLoader:
    """Opens the tutor in a thread, so that the first page does not wait for heavy imports."""

    def __init__(self) -> None:
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="open-tutor")
        self._lock = threading.Lock()
        self._future: Future[Tutor] = self._executor.submit(_open)

    @property
    def ready(self) -> bool:
        """Whether `get` returns at once."""
        return self._future.done()

    def get(self) -> Tutor:
        """Return the tutor, waiting for it; tries again if it could not be opened last time.

        Raises:
            TutorError: the library cannot be used; the text says what to do.
        """
        with self._lock:
            if self._future.done() and self._future.exception() is not None:
                self._future = self._executor.submit(_open)
        return self._future.result()


def _open() -> Tutor:
    from app.tutor.tutor import open_tutor

    return open_tutor(settings())


@st.cache_resource(show_spinner=False)
def tutor_loader() -> TutorLoader:
    """Return the loader; the first call starts loading."""
    return TutorLoader()


def current_learner() -> Learner:
    """Return who is at the screen: as chosen, else of the conversation or quiz in the address, else the first one."""
    learners = store().learners() or [store().add_learner("Learner")]
    chosen = st.session_state.get("learner_id")
    if chosen is None and (conversation := current_conversation()) is not None:
        chosen = conversation.learner_id
    if chosen is None and (quiz := quizzes().quiz(st.query_params.get("quiz", ""))) is not None:
        chosen = quiz.learner_id
    learner = next((item for item in learners if item.id == chosen), learners[0])
    st.session_state["learner_id"] = learner.id
    return learner


def current_conversation() -> Conversation | None:
    """Return the conversation that the address names, if it is there and of the chosen learner."""
    conversation_id = st.query_params.get("c")
    conversation = store().conversation(conversation_id) if conversation_id else None
    learner_id = st.session_state.get("learner_id")
    if conversation is not None and learner_id is not None and conversation.learner_id != learner_id:
        return None
    return conversation


def open_conversation(conversation_id: str | None) -> None:
    """Go to a conversation, or to a new one."""
    if conversation_id is None:
        st.query_params.pop("c", None)
    else:
        st.query_params["c"] = conversation_id


def switch_learner(learner_id: str) -> None:
    """Change who is at the screen."""
    st.session_state["learner_id"] = learner_id
    open_conversation(None)
