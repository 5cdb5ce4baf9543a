"""Word search over the chunks of a generation: BM25 (Robertson and Zaragoza 2009) by bm25s."""

from __future__ import annotations

from collections.abc import Sequence

import bm25s
import numpy as np
from numpy.typing import NDArray

from ingest.types import Chunk, Document
from ingest.words import words


def searchable_text(document: Document, chunk: Chunk) -> str:
    """Return what word search sees of a chunk: names of its topic, headings, text."""
    return "\n".join((document.title, " ".join(document.keywords), " ".join(chunk.headings), chunk.text(document)))


class WordIndex:
    """BM25 scores of all chunks for a question; ids are positions in the list given."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._size = len(texts)
        self._index = bm25s.BM25(k1=1.2, b=0.75)
        tokens = [words(text) or [""] for text in texts]
        self._vocabulary = {word for item in tokens for word in item}
        if texts:
            self._index.index(tokens, show_progress=False)

    def scores(self, question_words: Sequence[str]) -> NDArray[np.float32]:
        """Return a BM25 score ≥ 0 for each text, shape (texts,)."""
        known = [word for word in question_words if word in self._vocabulary]
        if not known or not self._size:
            return np.zeros(self._size, dtype=np.float32)
        return np.asarray(self._index.get_scores(known), dtype=np.float32)
