"""Errors of the answer path."""

from corpus.errors import TutorError


class NoMaterialError(TutorError):
    """Nothing has been ingested, or the index does not fit the settings."""
