"""A chat model that is ready to speak, and speaking with deadlines and careful retries."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessageChunk, BaseMessage

from app.llm.errors import ModelBlockedError, ModelError, ModelOutputError, ModelTimeoutError

Translate = Callable[[Exception], ModelError]
_BACKOFF_S = 0.4
_END = object()


@dataclass(frozen=True)
class ChatModel:
    """A LangChain chat model under the name of its setting; ``translate`` turns a foreign error into ours."""

    name: str
    chat: BaseChatModel
    translate: Translate


@dataclass(frozen=True)
class Limits:
    """Deadlines in seconds and how often to try; a retry happens only before the first token."""

    first_token_s: float = 20.0
    total_s: float = 60.0
    attempts: int = 3
    max_characters: int = 20_000


@dataclass
class Usage:
    """Tokens of a request as the model counts them, 0 where it does not say."""

    input_tokens: int = 0
    output_tokens: int = 0
    attempts: int = 0
    parts: list[str] = field(default_factory=list)


def stream_text(
    model: ChatModel, messages: Sequence[BaseMessage], limits: Limits, usage: Usage | None = None
) -> Iterator[str]:
    """Yield the answer as it comes.

    Raises:
        ModelError: before the first token after all attempts failed, or later at once; what was yielded stays.
    """
    usage = usage if usage is not None else Usage()
    deadline = time.monotonic() + limits.total_s
    while True:
        usage.attempts += 1
        said = False
        try:
            for text in _one_try(model, messages, limits, deadline, usage):
                said = True
                yield text
            if not said:
                raise ModelOutputError(f"{model.name} gave an empty answer; ask again or choose another model.")
            return
        except ModelError as error:
            wait = _BACKOFF_S * 2**usage.attempts
            out_of_time = time.monotonic() + wait >= deadline
            if said or not error.transient or usage.attempts >= limits.attempts or out_of_time:
                raise
            time.sleep(wait)


def _one_try(
    model: ChatModel, messages: Sequence[BaseMessage], limits: Limits, deadline: float, usage: Usage
) -> Iterator[str]:
    """Read the stream in a thread, so that a silent server cannot hold the learner longer than the deadline."""
    pieces: queue.Queue[object] = queue.Queue()
    given_up = threading.Event()

    def read() -> None:
        try:
            for chunk in model.chat.stream(list(messages)):
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
            until = deadline if characters else first_deadline
            try:
                piece = pieces.get(timeout=max(0.0, until - time.monotonic()))
            except queue.Empty:
                raise ModelTimeoutError(
                    f"{model.name} took too long to {'finish' if characters else 'begin'}; ask again, choose a faster"
                    " model, or raise TUTOR_TOTAL_S."
                ) from None
            if piece is _END:
                return
            if isinstance(piece, ModelError):
                raise piece
            if isinstance(piece, Exception):
                raise model.translate(piece) from piece
            assert isinstance(piece, AIMessageChunk)
            _count(piece, usage)
            text = piece.text if isinstance(piece.text, str) else ""
            if text:
                characters += len(text)
                if characters > limits.max_characters:
                    raise ModelOutputError(f"{model.name} does not come to an end; its answer was cut.")
                yield text
            _raise_if_blocked(piece, model.name)
    finally:
        given_up.set()


def _count(chunk: AIMessageChunk, usage: Usage) -> None:
    if chunk.usage_metadata:
        usage.input_tokens += chunk.usage_metadata["input_tokens"]
        usage.output_tokens += chunk.usage_metadata["output_tokens"]


def _raise_if_blocked(chunk: AIMessageChunk, name: str) -> None:
    reason = chunk.response_metadata.get("stopReason") or chunk.response_metadata.get("finish_reason")
    if reason in ("guardrail_intervened", "content_filter", "content_filtered"):
        raise ModelBlockedError(f"A guardrail of {name} blocked this; ask in other words or use the built-in model.")
