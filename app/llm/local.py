"""Models in this process: a GGUF file run by llama.cpp through xllamacpp.

One thread writes and two read the prompt, none spins: with two writing threads anything else that runs makes each token
wait for the slower one.
"""

from __future__ import annotations

import json
import queue
import secrets
import threading
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.messages.ai import UsageMetadata

from app.llm.errors import ModelError, ModelOutputError, ModelSettingError
from app.llm.model import ChatModel
from app.llm.settings import ModelSettings
from app.llm.shelf import find_model
from app.llm.speaking import SpeakingChat

CONTEXT_TOKENS = 4096
_WRITING_THREADS, _READING_THREADS = 1, 2
_ROLES = {"human": "user", "ai": "assistant"}
_END = object()
_loading = threading.Lock()


class LocalChat(SpeakingChat):
    """A chat model in a GGUF file. ``response_schema`` in a call is a JSON schema that the answer then keeps to."""

    path: str
    max_tokens: int

    @property
    def _llm_type(self) -> str:
        return "local"

    def _speak(
        self, messages: Sequence[BaseMessage], stop: list[str] | None, options: dict[str, Any]
    ) -> Iterator[AIMessageChunk]:
        request = self._request(messages, options.get("response_schema"), stop)
        pieces: queue.Queue[object] = queue.Queue()
        given_up = threading.Event()

        def take(piece: object) -> bool:
            pieces.put(piece)
            return given_up.is_set()

        def run() -> None:
            try:
                _server(self.path).handle_chat_completions(request, take)
                pieces.put(_END)
            except Exception as error:
                pieces.put(error)

        # No daemon: a process that ends while llama.cpp calls back is aborted; after ``given_up`` it ends with the next token.
        threading.Thread(target=run, name="local-model", daemon=False).start()
        try:
            while (piece := pieces.get()) is not _END:
                if isinstance(piece, Exception):
                    raise piece
                yield _as_chunk(json.loads(str(piece)))
        finally:
            given_up.set()

    def _request(self, messages: Sequence[BaseMessage], schema: Any, stop: list[str] | None) -> str:
        said = [{"role": _ROLES.get(m.type, m.type), "content": str(m.content)} for m in messages]
        request: dict[str, Any] = {
            "messages": said, "max_tokens": self.max_tokens, "temperature": 0, "cache_prompt": True,
            "stream": True, "stream_options": {"include_usage": True}, "stop": stop or [],
        }  # fmt: skip
        if schema is not None:
            request["response_format"] = {"type": "json_schema", "json_schema": {"schema": schema}}
        return json.dumps(request)


def open_model(name: str, settings: ModelSettings) -> ChatModel:
    """Return the added model of that name, or the one in that GGUF file; it is loaded by the first question.

    Raises:
        ModelSettingError: there is no such model, or the extra ``local`` is not installed.
    """
    path = find_model(name, settings.home)
    try:
        import xllamacpp  # noqa: F401
    except ImportError as error:
        raise ModelSettingError('Local models need one more package; run pip install "exam-tutor[local]".') from error
    spec = f"local:{Path(name).stem if name.endswith('.gguf') else name}"
    chat = LocalChat(path=str(path), max_tokens=settings.max_tokens)
    return ChatModel(spec, chat, lambda error: _translate(spec, error), is_small=True)


def _server(path: str) -> Any:
    """Return the loaded model; two learners who ask at once do not load it twice."""
    with _loading:
        return _load(path)


@lru_cache(maxsize=1)
def _load(path: str) -> Any:
    """Return the model; only the last one used stays in memory."""
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = path
    params.n_ctx, params.n_parallel = CONTEXT_TOKENS, 1
    params.cpuparams.n_threads, params.cpuparams_batch.n_threads = _WRITING_THREADS, _READING_THREADS
    params.cpuparams.poll = params.cpuparams_batch.poll = 0
    params.warmup, params.verbosity = False, -1
    # xllamacpp also listens on a port of this machine; with a key that nobody knows nobody else can use it.
    params.api_keys = [secrets.token_urlsafe(32)]
    return xllamacpp.Server(params)


def _as_chunk(event: dict[str, Any]) -> AIMessageChunk:
    if "error" in event:
        raise ModelOutputError(f"The local model could not answer: {str(event['error'])[:200]}")
    choice = (event.get("choices") or [{}])[0]
    usage = event.get("usage")
    counted = None
    if usage:
        given, made = int(usage["prompt_tokens"]), int(usage["completion_tokens"])
        known = int((usage.get("prompt_tokens_details") or {}).get("cached_tokens", 0))
        counted = UsageMetadata(
            input_tokens=given,
            output_tokens=made,
            total_tokens=given + made,
            input_token_details={"cache_read": known},
        )
    reason = choice.get("finish_reason")
    return AIMessageChunk(
        content=choice.get("delta", {}).get("content") or "",
        response_metadata={"finish_reason": reason} if reason else {},
        usage_metadata=counted,
    )


def _translate(name: str, error: Exception) -> ModelError:
    if isinstance(error, ModelError):
        return error
    said = " ".join(str(error).split())[:160]
    return ModelOutputError(f"{name} could not answer ({said or type(error).__name__}); try another model.")
