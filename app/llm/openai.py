"""Models behind any server that speaks OpenAI's chat completions: vLLM, llama.cpp's server, LM Studio, OpenAI itself."""

from __future__ import annotations

from typing import Any

import openai
from langchain_openai import ChatOpenAI
from pydantic import SecretStr

from app.llm.errors import (
    ModelAccessError,
    ModelBusyError,
    ModelCredentialsError,
    ModelError,
    ModelNotFoundError,
    ModelOutputError,
    ModelSettingError,
    ModelTimeoutError,
    ModelUnreachableError,
)
from app.llm.model import ChatModel
from app.llm.settings import ModelSettings

_NO_KEY = "not-needed"


def open_model(model: str, settings: ModelSettings) -> ChatModel:
    """Return the model of that name at TUTOR_OPENAI_BASE_URL.

    Raises:
        ModelSettingError: neither an address nor a key is set.
    """
    if settings.openai_base_url is None and settings.openai_api_key is None:
        raise ModelSettingError(
            "openai: needs an address or a key; set TUTOR_OPENAI_BASE_URL (for example http://127.0.0.1:8000/v1)"
            " or TUTOR_OPENAI_API_KEY."
        )
    name = f"openai:{model}"
    chat = ChatOpenAI(
        model=model,
        base_url=settings.openai_base_url,
        api_key=settings.openai_api_key or SecretStr(_NO_KEY),
        **_bound(settings),
        temperature=settings.temperature,
        timeout=settings.total_s,
        max_retries=0,
        stream_usage=True,
        use_responses_api=False,
    )
    place = settings.openai_base_url or "OpenAI"
    return ChatModel(name, chat, lambda error: _translate(name, place, error))


def _bound(settings: ModelSettings) -> dict[str, Any]:
    """Return the bound of an answer: OpenAI wants its new name, most other servers know the old one only."""
    if settings.openai_base_url is None:
        return {"max_completion_tokens": settings.max_tokens}
    return {"extra_body": {"max_tokens": settings.max_tokens}}


def _translate(name: str, place: str, error: Exception) -> ModelError:
    if isinstance(error, openai.APITimeoutError):
        return ModelTimeoutError(f"{name} took too long; ask again or choose a faster model.")
    if isinstance(error, openai.APIConnectionError):
        return ModelUnreachableError(f"There is no model server at {place}; start it or mend TUTOR_OPENAI_BASE_URL.")
    if isinstance(error, openai.RateLimitError):
        return ModelBusyError(f"{name} is busy (rate limit); wait a moment and ask again.")
    if isinstance(error, openai.AuthenticationError):
        return ModelCredentialsError(f"The server did not accept the key for {name}; set TUTOR_OPENAI_API_KEY.")
    if isinstance(error, openai.PermissionDeniedError):
        return ModelAccessError(f"The key may not use {name}; choose another model or key.")
    if isinstance(error, openai.NotFoundError):
        return ModelNotFoundError(f"{place} has no model {name.partition(':')[2]!r}; choose one that it serves.")
    if isinstance(error, openai.APIStatusError) and error.status_code >= 500:
        return ModelBusyError(f"The server of {name} has a problem (HTTP {error.status_code}); ask again.")
    if isinstance(error, openai.BadRequestError):
        said = " ".join(str(error.body or error).split())[:200]
        return ModelSettingError(
            f"{name} did not take the request ({said}); if it takes no temperature set TUTOR_TEMPERATURE=none, else"
            " choose another model."
        )
    return ModelOutputError(f"{name} sent something that is no answer ({type(error).__name__}); try another model.")
