"""The chat model that words answers, how long and at what price it may speak, and who is asked where a sentence is in doubt."""

from __future__ import annotations

from dataclasses import dataclass, field

from app.llm.factory import limits, open_model, price
from app.llm.model import ChatModel, Limits, Price, Pulse
from app.llm.settings import ModelSettings
from app.tutor.ground import SecondJudge
from app.tutor.judge import open_judge


@dataclass(frozen=True)
class Voice:
    """A chat model with its deadlines and its price; ``pulse`` is called now and then while it is waited for.

    ``second`` is asked about its sentences where the sentence check is in doubt.
    """

    model: ChatModel
    limits: Limits
    price: Price = field(default_factory=Price)
    pulse: Pulse | None = None
    second: SecondJudge | None = None


def open_voice(spec: str, settings: ModelSettings | None = None) -> Voice | None:
    """Return the voice that ``spec`` names, or None for the built-in one.

    Raises:
        ModelError: the text names no model, or something that it needs is missing.
    """
    settings = settings or ModelSettings()
    model = open_model(spec, settings)
    if model is None:
        return None
    return Voice(model, limits(model, settings), price(settings), second=open_judge(None, settings))
