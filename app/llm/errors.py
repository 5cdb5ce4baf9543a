"""What can go wrong with a chat model, each with a sentence that says what to do."""

from __future__ import annotations

from corpus.errors import TutorError


class ModelError(TutorError):
    """A chat model could not be used. ``transient`` tells whether the same request may work a moment later."""

    transient = False


class ModelSettingError(ModelError):
    """The setting names no model that can be opened."""


class ModelUnreachableError(ModelError):
    """There is no answer at the model's address."""

    transient = True


class ModelBusyError(ModelError):
    """The model is throttled or overloaded."""

    transient = True


class ModelTimeoutError(ModelError):
    """The model took too long."""


class ModelCredentialsError(ModelError):
    """The credentials are missing, wrong or expired."""


class ModelAccessError(ModelError):
    """The account or key may not use this model."""


class ModelNotFoundError(ModelError):
    """There is no such model in that place."""


class ModelBlockedError(ModelError):
    """A guardrail blocked the question or the answer."""


class ModelOutputError(ModelError):
    """What came back is not an answer: empty, cut, or not in the agreed form."""
