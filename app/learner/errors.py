"""Errors of the learner records."""

from corpus.errors import TutorError


class StoreError(TutorError):
    """The learner records cannot be opened, read or written."""


class NotFoundError(StoreError):
    """The learner, conversation or message is not there (any more)."""
