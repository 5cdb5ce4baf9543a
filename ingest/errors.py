"""Errors of reading, embedding and indexing study material."""

from corpus.errors import TutorError


class IngestError(TutorError):
    """Study material could not be read or ingested."""


class ReaderError(IngestError):
    """A file or folder cannot be read as study material."""


class EmbedderError(IngestError):
    """The embedding model is missing, damaged or cannot be loaded."""


class LibraryError(IngestError):
    """The library file is missing, damaged or of a newer version."""


class SearchIndexError(IngestError):
    """The search index is missing or does not match the library."""
