"""The chat model that words answers, and how long and at what price it may speak."""

from __future__ import annotations

from dataclasses import dataclass, field

from app.llm.factory import limits, open_model, price
from app.llm.model import ChatModel, Limits, Price, Pulse
from app.llm.settings import ModelSettings


@dataclass(frozen=True)
class Voice:
    """A chat model with its deadlines and its price; ``pulse`` is called now and then while it is waited for."""

    model: ChatModel
    limits: Limits
    price: Price = field(default_factory=Price)
    pulse: Pulse | None = None


def open_voice(spec: str, settings: ModelSettings | None = None) -> Voice | None:
    """Return the voice that ``spec`` names, or None for the built-in one.

    Raises:
        ModelError: the text names no model, or something that it needs is missing.
    """
    settings = settings or ModelSettings()
    model = open_model(spec, settings)
    return None if model is None else Voice(model, limits(model, settings), price(settings))
