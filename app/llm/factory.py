"""From a setting to a chat model."""

from __future__ import annotations

from importlib import import_module

from app.llm.errors import ModelSettingError
from app.llm.model import ChatModel, Limits, Price
from app.llm.settings import BUILT_IN, ModelSettings
from app.llm.tracing import start_tracing

_PROVIDERS = {
    "bedrock": "app.llm.bedrock",
    "openai": "app.llm.openai",
    "ollama": "app.llm.ollama",
    "local": "app.llm.local",
    "scripted": "app.llm.scripted",
}
OFFERED = tuple(name for name in _PROVIDERS if name != "scripted")


def open_model(spec: str, settings: ModelSettings | None = None) -> ChatModel | None:
    """Return the model that ``spec`` names, or None for the built-in one. Nothing is sent yet.

    Raises:
        ModelSettingError: the text names no model, or something that it needs is not set or not installed.
    """
    settings = settings or ModelSettings()
    spec = spec.strip()
    if spec in ("", BUILT_IN):
        return None
    provider, _, name = spec.partition(":")
    if provider not in _PROVIDERS or not name:
        raise ModelSettingError(
            f"{spec!r} names no model; use {BUILT_IN}, {', '.join(f'{p}:<model>' for p in OFFERED)} (TUTOR_MODEL)."
        )
    start_tracing()
    model: ChatModel = import_module(_PROVIDERS[provider]).open_model(name, settings)
    return model


def limits(model: ChatModel, settings: ModelSettings) -> Limits:
    """Return the deadlines that the settings ask for; one try for a model in process."""
    if model.name.startswith("local:"):
        return Limits(settings.local_total_s, settings.local_total_s, attempts=1)
    return Limits(settings.first_token_s, settings.total_s, settings.attempts)


def price(settings: ModelSettings) -> Price:
    """Return what a million tokens cost by the settings."""
    return Price(settings.input_usd_per_million, settings.output_usd_per_million)
