"""Errors of the answer path."""

from corpus.errors import TutorError


class NoMaterialError(TutorError):
    """Nothing has been ingested, or the index does not fit the settings."""


class CheckError(TutorError):
    """The sentence check cannot be used as it was shipped."""
