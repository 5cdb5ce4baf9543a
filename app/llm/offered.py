"""Which models a learner may choose from. Loads no model library, so that a page may ask."""

from __future__ import annotations

from app.llm.settings import BUILT_IN, ModelSettings
from app.llm.shelf import added_models

_LOOK_S = 0.3


def offered_models(settings: ModelSettings) -> list[str]:
    """Return the built-in model, the configured one, those of the Ollama server and the local ones; never scripted ones.

    Takes 0.3 s at most, for asking the Ollama server.
    """
    found = [BUILT_IN, settings.model.strip() or BUILT_IN]
    found += [f"ollama:{name}" for name in installed_models(settings)]
    found += [f"local:{model.name}" for model in added_models(settings.home)]
    return [spec for spec in dict.fromkeys(found) if not spec.startswith("scripted:")]


def installed_models(settings: ModelSettings) -> list[str]:
    """Return the names of the models that the Ollama server has; none if there is no server. Takes 0.3 s at most."""
    import httpx
    import ollama

    try:
        found = ollama.Client(settings.ollama_url, timeout=_LOOK_S).list().models
    except (httpx.HTTPError, ollama.ResponseError, ConnectionError, ValueError):
        return []
    return sorted(model.model for model in found if model.model)
