"""The vector index: immutable Chroma generations, and the pointer that says which one is current.

The only module that knows Chroma. A generation is built in a folder aside, verified, and published by renaming
a pointer file; readers open published generations only. Chroma's local store can be torn by a kill while it
writes, a folder that nobody writes cannot.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ingest.errors import SearchIndexError

if TYPE_CHECKING:
    from chromadb.api.models.Collection import Collection

_COLLECTION = "chunks"
_POINTER = "current.json"
_BATCH = 1000
_SELF_QUERIES = 16

Vectors = Mapping[str, NDArray[np.float32]]


@dataclass(frozen=True)
class Generation:
    """A published state of the index; ``name`` carries chunker, embedder, dimension and content."""

    name: str
    chunks: int
    embedder: str


class Index:
    """The generations below one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def current(self) -> Generation | None:
        """Return the published generation, or None before the first one.

        Raises:
            SearchIndexError: the pointer is damaged or its folder is gone.
        """
        try:
            data = json.loads((self.folder / _POINTER).read_text(encoding="utf-8"))
            generation = Generation(str(data["name"]), int(data["chunks"]), str(data["embedder"]))
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError) as error:
            raise SearchIndexError(
                f"{self.folder / _POINTER} is damaged; delete the folder {self.folder} and run tutor ingest."
            ) from error
        if not (self.folder / generation.name).is_dir():
            raise SearchIndexError(f"The index folder {generation.name} is gone; run tutor ingest.")
        return generation

    def build(self, generation: Generation, vectors: Vectors, base: Generation | None) -> None:
        """Make ``generation`` from ``vectors`` (from a copy of ``base`` plus the changes) and publish it.

        Raises:
            SearchIndexError: what was built does not hold what it should; nothing is published then.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        aside = self.folder / f".building-{os.getpid()}"
        try:
            copied = base is not None and self._copy(base, aside)
            if not (copied and self._fill(aside, vectors)):
                shutil.rmtree(aside, ignore_errors=True)
                if not self._fill(aside, vectors):
                    raise SearchIndexError("The new index does not hold every chunk; run tutor ingest again.")
            target = self.folder / generation.name
            shutil.rmtree(target, ignore_errors=True)
            os.rename(aside, target)
            self._publish(generation)
        finally:
            shutil.rmtree(aside, ignore_errors=True)

    def keep(self, names: Sequence[str]) -> None:
        """Delete generations other than ``names`` and what killed builds left behind."""
        for path in self.folder.iterdir():
            if path.is_dir() and path.name not in names:
                shutil.rmtree(path, ignore_errors=True)

    def open(self, generation: Generation) -> IndexReader:
        """Return a reader of ``generation``.

        Raises:
            SearchIndexError: Chroma cannot open it or it is incomplete.
        """
        return IndexReader(self.folder / generation.name, generation)

    def _copy(self, base: Generation, aside: Path) -> bool:
        shutil.rmtree(aside, ignore_errors=True)
        try:
            shutil.copytree(self.folder / base.name, aside)
        except OSError:
            return False
        return True

    def _fill(self, folder: Path, vectors: Vectors) -> bool:
        """Bring the store in ``folder`` to hold exactly ``vectors``; return whether it does."""
        with _collection(folder) as collection:
            present = set(collection.get(include=[])["ids"])
            _in_batches(sorted(present - vectors.keys()), lambda ids: collection.delete(ids=ids))
            _in_batches(
                sorted(vectors.keys() - present),
                lambda ids: collection.add(ids=ids, embeddings=np.stack([vectors[i] for i in ids])),
            )
        with _collection(folder) as collection:
            return _holds(collection, vectors)

    def _publish(self, generation: Generation) -> None:
        pointer = self.folder / _POINTER
        aside = pointer.with_suffix(".tmp")
        with aside.open("w", encoding="utf-8") as file:
            json.dump({"name": generation.name, "chunks": generation.chunks, "embedder": generation.embedder}, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(aside, pointer)
        handle = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


class IndexReader:
    """Nearest-neighbour search in one published generation."""

    def __init__(self, folder: Path, generation: Generation) -> None:
        self.generation = generation
        try:
            self._client = _client(folder)
            self._collection = self._client.get_collection(_COLLECTION, embedding_function=None)
            count = self._collection.count()
        except Exception as error:  # Chroma raises kinds of its own; to a user they all mean the same
            raise SearchIndexError("The search index cannot be opened; run tutor ingest --rebuild.") from error
        if count != generation.chunks:
            raise SearchIndexError("The search index is incomplete; run tutor ingest --rebuild.")

    def nearest(self, vector: Sequence[float], k: int) -> list[tuple[str, float]]:
        """Return up to ``k`` (chunk id, cosine similarity in [-1, 1]), closest first."""
        found = self._collection.query(
            query_embeddings=[list(vector)], n_results=min(k, self.generation.chunks), include=["distances"]
        )
        distances = found["distances"] or [[]]
        return [(i, 1.0 - float(d)) for i, d in zip(found["ids"][0], distances[0], strict=True)]


def _client(folder: Path) -> Any:
    import chromadb
    from chromadb.config import Settings

    return chromadb.PersistentClient(str(folder), Settings(anonymized_telemetry=False))


@contextmanager
def _collection(folder: Path) -> Iterator[Collection]:
    """Give the collection of a store that is being built, and close the store after it."""
    client = _client(folder)
    try:
        yield client.get_or_create_collection(
            _COLLECTION,
            embedding_function=None,
            configuration={"hnsw": {"space": "cosine", "ef_construction": 200, "ef_search": 200}},
        )
    finally:
        client.close()


def _in_batches(ids: list[str], act: Any) -> None:
    for first in range(0, len(ids), _BATCH):
        act(ids[first : first + _BATCH])


def _holds(collection: Collection, vectors: Vectors) -> bool:
    """Return whether count, ids and a sample of self-queries are right."""
    ids = collection.get(include=[])["ids"]
    if len(ids) != len(vectors) or set(ids) != vectors.keys():
        return False
    sample = sorted(vectors)[:: max(1, len(vectors) // _SELF_QUERIES)]
    if not sample:
        return True
    found = collection.query(
        query_embeddings=np.stack([vectors[i] for i in sample]), n_results=1, include=["distances"]
    )
    return all(bool(row) and row[0] < 1e-3 for row in (found["distances"] or []))
