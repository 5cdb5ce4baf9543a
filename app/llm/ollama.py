"""Models of an Ollama server."""

from __future__ import annotations

import httpx
import ollama
from langchain_ollama import ChatOllama

from app.llm.errors import (
    ModelBusyError,
    ModelError,
    ModelNotFoundError,
    ModelOutputError,
    ModelTimeoutError,
    ModelUnreachableError,
)
from app.llm.model import ChatModel
from app.llm.settings import ModelSettings


def open_model(model: str, settings: ModelSettings) -> ChatModel:
    """Return the model of that name at TUTOR_OLLAMA_URL."""
    name = f"ollama:{model}"
    chat = ChatOllama(
        model=model,
        base_url=settings.ollama_url,
        num_predict=settings.max_tokens,
        temperature=settings.temperature,
        client_kwargs={"timeout": settings.total_s},
    )
    return ChatModel(name, chat, lambda error: _translate(name, settings.ollama_url, error))


def _translate(name: str, url: str, error: Exception) -> ModelError:
    if isinstance(error, httpx.TimeoutException):
        return ModelTimeoutError(f"{name} took too long; ask again or choose a smaller model.")
    if isinstance(error, httpx.TransportError | ConnectionError):
        return ModelUnreachableError(f"There is no Ollama server at {url}; start it (ollama serve).")
    if isinstance(error, ollama.ResponseError):
        if error.status_code == 404:
            model = name.partition(":")[2]
            return ModelNotFoundError(f"Ollama has no model {model!r}; get it with: ollama pull {model}")
        if error.status_code in (429, 500, 502, 503):
            return ModelBusyError(f"Ollama cannot answer at the moment (HTTP {error.status_code}); ask again.")
    return ModelOutputError(f"{name} sent something that is no answer ({type(error).__name__}); try another model.")
