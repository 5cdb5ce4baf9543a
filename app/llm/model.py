"""A chat model that is ready to speak, and speaking with deadlines and careful retries."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage

from app.llm.errors import ModelBlockedError, ModelError, ModelOutputError, ModelTimeoutError, ModelUnreachableError

Translate = Callable[[Exception], ModelError]
Pulse = Callable[[], None]
_BACKOFF_S = 0.4
_PULSE_S = 0.25
_END = object()


@dataclass(frozen=True)
class ChatModel:
    """A LangChain chat model under the name of its setting; ``translate`` turns a foreign error into ours.

    ``is_small`` says that it needs short prompts and a schema to be of use, and that nobody should wait for it.
    """

    name: str
    chat: BaseChatModel
    translate: Translate
    is_small: bool = False


@dataclass(frozen=True)
class Limits:
    """Deadlines in seconds and how often to try; a retry happens only before the first token."""

    first_token_s: float = 20.0
    total_s: float = 60.0
    attempts: int = 3
    max_characters: int = 20_000


@dataclass
class Usage:
    """Tokens of one or more requests as the model counts them, 0 where it does not say."""

    input_tokens: int = 0
    output_tokens: int = 0
    attempts: int = 0

    @property
    def tokens(self) -> int:
        return self.input_tokens + self.output_tokens


@dataclass(frozen=True)
class Price:
    """US dollars for a million tokens, as configured; 0 where nothing is charged or nobody said."""

    input_usd: float = 0.0
    output_usd: float = 0.0

    def of(self, usage: Usage) -> float:
        """Return the US dollars of a usage."""
        return (usage.input_tokens * self.input_usd + usage.output_tokens * self.output_usd) / 1_000_000


def stream_text(
    model: ChatModel,
    messages: Sequence[BaseMessage],
    limits: Limits,
    usage: Usage | None = None,
    pulse: Pulse | None = None,
    **options: Any,
) -> Iterator[str]:
    """Yield the answer as it comes; ``options`` go to the model's ``stream``.

    ``pulse`` is called about four times a second while nothing comes; what it raises ends the wait.

    Raises:
        ModelError: before the first token after all attempts failed, or later at once; what was yielded stays.
    """
    usage = usage if usage is not None else Usage()
    deadline = time.monotonic() + limits.total_s
    attempt = 0
    while True:
        attempt += 1
        usage.attempts += 1
        said = False
        try:
            for text in _one_try(model, messages, limits, deadline, usage, pulse, options):
                said = True
                yield text
            if not said:
                raise ModelOutputError(f"{model.name} gave an empty answer; ask again or choose another model.")
            return
        except ModelError as error:
            wait = _BACKOFF_S * 2**attempt
            out_of_time = time.monotonic() + wait >= deadline
            if said or not error.transient or attempt >= limits.attempts or out_of_time:
                raise
            time.sleep(wait)


def _one_try(
    model: ChatModel,
    messages: Sequence[BaseMessage],
    limits: Limits,
    deadline: float,
    usage: Usage,
    pulse: Pulse | None,
    options: dict[str, Any],
) -> Iterator[str]:
    """Read the stream in a thread, so that a silent server cannot hold the learner longer than the deadline."""
    pieces: queue.Queue[object] = queue.Queue()
    given_up = threading.Event()

    def read() -> None:
        try:
            for chunk in model.chat.stream(list(messages), **options):
                if given_up.is_set():
                    return
                pieces.put(chunk)
            pieces.put(_END)
        except Exception as error:
            pieces.put(error)

    threading.Thread(target=read, daemon=True, name="model-stream").start()
    first_deadline = min(deadline, time.monotonic() + limits.first_token_s)
    characters = 0
    try:
        while True:
            try:
                piece = _next(pieces, deadline if characters else first_deadline, pulse)
            except queue.Empty:
                what, setting = ("finish", "TUTOR_TOTAL_S") if characters else ("begin", "TUTOR_FIRST_TOKEN_S")
                raise ModelTimeoutError(
                    f"{model.name} took too long to {what}; ask again, choose a faster model, or raise {setting}."
                ) from None
            if piece is _END:
                return
            if isinstance(piece, ModelError):
                raise piece
            if isinstance(piece, Exception):
                error = model.translate(piece)
                if characters and isinstance(error, ModelUnreachableError):
                    error = ModelUnreachableError(f"The connection to {model.name} broke in the middle of its answer.")
                raise error from piece
            assert isinstance(piece, AIMessage)
            _count(piece, usage)
            text = piece.text if isinstance(piece.text, str) else ""
            if text:
                characters += len(text)
                if characters > limits.max_characters:
                    raise ModelOutputError(f"{model.name} does not come to an end; its answer was cut.")
                yield text
            _raise_if_stopped(piece, model.name)
    finally:
        given_up.set()


def _next(pieces: queue.Queue[object], until: float, pulse: Pulse | None) -> object:
    """Return the next piece; raises queue.Empty at the time ``until``."""
    while True:
        left = until - time.monotonic()
        try:
            return pieces.get(timeout=max(0.0, min(left, _PULSE_S)))
        except queue.Empty:
            if left <= _PULSE_S:
                raise
        if pulse is not None:
            pulse()


def _count(chunk: AIMessage, usage: Usage) -> None:
    if chunk.usage_metadata:
        usage.input_tokens += chunk.usage_metadata["input_tokens"]
        usage.output_tokens += chunk.usage_metadata["output_tokens"]


def _raise_if_stopped(chunk: AIMessage, name: str) -> None:
    said = chunk.response_metadata
    reason = said.get("stopReason") or said.get("finish_reason") or said.get("done_reason")
    if reason in ("guardrail_intervened", "content_filter", "content_filtered"):
        raise ModelBlockedError(f"A guardrail of {name} blocked this; ask in other words or use the built-in model.")
    if reason in ("length", "max_tokens"):
        raise ModelOutputError(f"{name} came to its longest answer; raise TUTOR_MAX_TOKENS or let it continue.")
