"""Errors of the evals."""

from corpus.errors import TutorError


class CaseError(TutorError):
    """A case file cannot be read or breaks the case format."""


class EvalError(TutorError):
    """Data or a result to evaluate cannot be used."""
