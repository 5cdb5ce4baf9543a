"""A published generation in memory: documents, chunks, quotable units with their vectors, and both searches."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.tutor.errors import NoMaterialError
from corpus.markdown import Unit
from ingest.embedder import Embedder, open_embedder
from ingest.index import Generation, Index, IndexReader
from ingest.lexical import WordIndex, searchable_text
from ingest.library import Library
from ingest.settings import LibrarySettings
from ingest.types import Chunk, Document
from ingest.words import words

_EVERYDAY_FROM = 5


@dataclass(frozen=True)
class Quotable:
    """A unit that an answer may quote; ``row`` is its row in `Material.unit_vectors`, ``words`` its stems."""

    unit: Unit
    chunk: Chunk
    row: int
    words: tuple[str, ...]


class Material:
    """What can be answered from: one generation, immutable."""

    def __init__(
        self,
        generation: Generation,
        contents: Sequence[tuple[Document, list[Chunk]]],
        reader: IndexReader,
        embedder: Embedder,
        unit_vectors: dict[tuple[str, int], NDArray[np.float32]],
    ) -> None:
        self.generation = generation
        self.embedder = embedder
        self.documents = {document.id: document for document, _ in contents}
        self.chunks_of = {document.id: chunks for document, chunks in contents}
        self.chunks = {chunk.id: chunk for _, chunks in contents for chunk in chunks}
        self.order = list(self.chunks)
        self.units: dict[str, list[Quotable]] = {}
        self._reader = reader
        rows: list[NDArray[np.float32]] = []
        first_rows: list[int] = []
        for chunk in self.chunks.values():
            quotable = []
            first_rows.append(len(rows))
            for i, unit in enumerate(chunk.units):
                quotable.append(Quotable(unit, chunk, len(rows), tuple(words(unit.plain))))
                rows.append(unit_vectors[chunk.id, i])
            self.units[chunk.id] = quotable
        self.unit_vectors: NDArray[np.float32] = np.stack(rows)
        self.first_rows: NDArray[np.intp] = np.array(first_rows, dtype=np.intp)
        texts = [searchable_text(self.documents[chunk.document], chunk) for chunk in self.chunks.values()]
        self._chunk_words = {chunk: frozenset(words(text)) for chunk, text in zip(self.chunks, texts, strict=True)}
        self._heading_words = {chunk.id: self._words_above(chunk) for chunk in self.chunks.values()}
        self.words = WordIndex(texts)
        self.idf = _idf(self._chunk_words.values())
        self.rarest = float(np.log(1 + len(texts) / 0.5))
        spelled = Counter(re.findall(r"\b[a-z]{2,}\b", " ".join(document.text for document in self.documents.values())))
        self.vocabulary = frozenset(spelled)
        self.everyday_words = frozenset(word for word, count in spelled.items() if count >= _EVERYDAY_FROM)

    def words_of(self, chunk: Chunk) -> frozenset[str]:
        """Return the stems of a chunk with its title, keywords and headings."""
        return self._chunk_words[chunk.id]

    def heading_words(self, chunk: Chunk) -> frozenset[str]:
        """Return the stems of a chunk's title, keywords and headings."""
        return self._heading_words[chunk.id]

    def _words_above(self, chunk: Chunk) -> frozenset[str]:
        document = self.documents[chunk.document]
        return frozenset(words(" ".join((document.title, *document.keywords, *chunk.headings))))

    def rarity(self, word: str) -> float:
        """Return the inverse document frequency of a stem; of one that no chunk holds, the highest there is."""
        return self.idf.get(word, self.rarest)

    def embed(self, question: str) -> NDArray[np.float32]:
        """Return the question's vector, of length 1, near to those of sentences that answer it."""
        return np.asarray(self.embedder.embed_question(question), dtype=np.float32)

    def embed_text(self, text: str) -> NDArray[np.float32]:
        """Return the vector of a text as those of the material are, of length 1."""
        return np.asarray(self.embedder.embed_query(text), dtype=np.float32)

    def nearest(self, vector: NDArray[np.float32], k: int) -> list[tuple[str, float]]:
        """Return up to ``k`` (chunk id, cosine similarity), closest first."""
        return self._reader.nearest(vector.tolist(), k)


def open_material(settings: LibrarySettings) -> Material:
    """Return the published generation.

    Raises:
        NoMaterialError: nothing was ingested, or it was embedded with another model.
        IngestError: library or index are damaged.
    """
    index = Index(settings.index_dir)
    generation = index.current()
    embedder = open_embedder(settings.embedder, settings.home)
    if generation is None:
        raise NoMaterialError("There is no study material yet; run tutor ingest.")
    if generation.embedder != embedder.name:
        raise NoMaterialError(f"The index was made with {generation.embedder}, not {embedder.name}; run tutor ingest.")
    library = Library(settings.library_path)
    contents = library.load_generation(generation.name)
    return Material(generation, contents, index.open(generation), embedder, library.unit_vectors(embedder.name))


def _idf(chunk_words: Collection[frozenset[str]]) -> dict[str, float]:
    counts: dict[str, int] = {}
    for item in chunk_words:
        for word in item:
            counts[word] = counts.get(word, 0) + 1
    total = len(chunk_words)
    return {word: float(np.log(1 + (total - n + 0.5) / (n + 0.5))) for word, n in counts.items()}
