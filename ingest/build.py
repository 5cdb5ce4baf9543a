"""Ingest: material on disk to a published, searchable generation. Unchanged content is never embedded twice."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from filelock import FileLock, Timeout

from corpus.pack import find_pack
from ingest import chunker
from ingest.embedder import Embedder, open_embedder
from ingest.errors import IngestError, SearchIndexError
from ingest.index import Generation, Index
from ingest.library import Library
from ingest.minilm import verify_shipped_weights
from ingest.readers import Reading, Skipped, read_material, read_pack
from ingest.settings import LibrarySettings
from ingest.types import Document, content_id

Stage = Literal["reading", "embedding", "indexing"]
Progress = Callable[[Stage, int, int], None]
_EMBED_AT_ONCE = 256


@dataclass(frozen=True)
class IngestReport:
    """What one run did; ``changed`` is False if the published generation was current already."""

    generation: str
    documents: int
    chunks: int
    embedded: int
    changed: bool
    skipped: tuple[Skipped, ...] = ()


def ingest(
    settings: LibrarySettings,
    *,
    add: Iterable[Path] = (),
    remove: Iterable[Path] = (),
    rebuild: bool = False,
    progress: Progress = lambda stage, done, total: None,
    chunk_tokens: int = chunker.MAX_TOKENS,
) -> IngestReport:
    """Bring the library and its index up to date with the pack and the learner's own material.

    ``add`` and ``remove`` change the list of the learner's own places; ``rebuild`` makes the index anew from
    the library; ``chunk_tokens`` is for libraries made to compare chunk sizes, where no document was chunked before. A run that is killed loses at most the batch it was embedding; readers see the last
    published generation all the while.

    Raises:
        IngestError: material cannot be read, or another ingest is running.
        PackError: the pack breaks its format.
    """
    settings.home.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(settings.home / "ingest.lock", timeout=0):
            return _ingest(settings, list(add), list(remove), rebuild, progress, chunk_tokens)
    except Timeout as error:
        raise IngestError("Another ingest is running for this library; wait until it has finished.") from error


def _ingest(
    settings: LibrarySettings,
    add: list[Path],
    remove: list[Path],
    rebuild: bool,
    progress: Progress,
    chunk_tokens: int,
) -> IngestReport:
    library = Library(settings.library_path)
    library.create()
    index = Index(settings.index_dir)
    embedder = open_embedder(settings.embedder, settings.home)
    places = _places(library, add, remove)
    reading = _read(settings, places, progress)
    if not reading.documents:
        raise IngestError("There is nothing to ingest; the pack has no notes and no folder was given.")
    _chunk(library, reading.documents, embedder, chunk_tokens)
    ids = [document.id for document in reading.documents]
    embedded = _embed(library, ids, embedder, progress)
    embedder.prepare_queries()
    library.set_materials(places)
    generation = _generation(library, ids, embedder, chunk_tokens)
    published = _published(index, rebuild)
    if published == generation:
        return _report(generation, reading, embedded, changed=False)
    progress("indexing", 0, generation.chunks)
    library.save_generation(generation.name, ids)
    index.build(generation, library.chunk_vectors(embedder.name, ids), base=_base(published, generation))
    keep = [generation.name] + ([published.name] if published else [])
    library.keep_generations(keep)
    index.keep(keep)
    progress("indexing", generation.chunks, generation.chunks)
    return _report(generation, reading, embedded, changed=True)


def _places(library: Library, add: list[Path], remove: list[Path]) -> list[Path]:
    wanted = {place.expanduser().resolve() for place in add}
    unwanted = {place.expanduser().resolve() for place in remove}
    known = library.materials()
    for place in unwanted - set(known):
        raise IngestError(f"{place} is not in the library; tutor ingest --list shows what is.")
    return sorted((set(known) | wanted) - unwanted)


def _read(settings: LibrarySettings, places: list[Path], progress: Progress) -> Reading:
    progress("reading", 0, 1 + len(places))
    readings = [read_pack(find_pack(settings.pack))]
    for i, place in enumerate(places):
        progress("reading", i + 1, 1 + len(places))
        readings.append(read_material(place))
    documents = {document.id: document for reading in readings for document in reading.documents}
    return Reading(tuple(documents.values()), tuple(item for reading in readings for item in reading.skipped))


def _chunk(library: Library, documents: tuple[Document, ...], embedder: Embedder, chunk_tokens: int) -> None:
    known = library.known_documents(document.id for document in documents)
    new = [document for document in documents if document.id not in known]
    library.add_documents(
        new, {document.id: chunker.chunk_document(document, embedder.count_tokens, chunk_tokens) for document in new}
    )


def _embed(library: Library, ids: list[str], embedder: Embedder, progress: Progress) -> int:
    missing = list(library.missing_vectors(ids, embedder.name).items())
    if missing and embedder.name.startswith("minilm-"):
        verify_shipped_weights()
    for first in range(0, len(missing), _EMBED_AT_ONCE):
        batch = missing[first : first + _EMBED_AT_ONCE]

        def step(done: int, _total: int, first: int = first) -> None:
            progress("embedding", first + done, len(missing))

        vectors = embedder.embed_documents([text for _, text in batch], step)
        library.add_vectors(embedder.name, {key: vector for (key, _), vector in zip(batch, vectors, strict=True)})
    return len(missing)


def _generation(library: Library, ids: list[str], embedder: Embedder, chunk_tokens: int) -> Generation:
    vectors = library.chunk_vectors(embedder.name, ids)
    dimension = len(next(iter(vectors.values()))) if vectors else 0
    content = content_id(*sorted(ids))
    cut = chunker.VERSION if chunk_tokens == chunker.MAX_TOKENS else f"{chunker.VERSION}t{chunk_tokens}"
    name = f"{cut}-{embedder.name}-{dimension}-{content}"
    return Generation(name, len(vectors), embedder.name)


def _published(index: Index, rebuild: bool) -> Generation | None:
    try:
        return None if rebuild else index.current()
    except SearchIndexError:
        return None


def _base(published: Generation | None, wanted: Generation) -> Generation | None:
    """Return the generation to start from: one of the same chunker, embedder and dimension."""
    if published is None or published.name.rsplit("-", 1)[0] != wanted.name.rsplit("-", 1)[0]:
        return None
    return published


def _report(generation: Generation, reading: Reading, embedded: int, *, changed: bool) -> IngestReport:
    return IngestReport(generation.name, len(reading.documents), generation.chunks, embedded, changed, reading.skipped)
