"""What is in the library, read without opening a model or the index."""

from __future__ import annotations

from dataclasses import dataclass

from ingest.errors import IngestError
from ingest.index import Index
from ingest.library import Library
from ingest.settings import LibrarySettings


@dataclass(frozen=True)
class LibraryStatus:
    """The published generation in numbers."""

    documents: int
    chunks: int
    embedder: str
    generation: str


def library_status(settings: LibrarySettings) -> LibraryStatus | None:
    """Return what is published, or None if nothing is or it cannot be read (`tutor doctor` says why)."""
    try:
        generation = Index(settings.index_dir).current()
        if generation is None:
            return None
        documents = Library(settings.library_path).count_documents(generation.name)
    except IngestError:
        return None
    return LibraryStatus(documents, generation.chunks, generation.embedder, generation.name)
