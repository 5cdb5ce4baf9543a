"""Question to passages: meaning (Chroma) and words (BM25), fused on min-max scores, with topics by name.

Score fusion instead of rank fusion because it keeps how much better the best passage is (Bruch, Gai and
Ingber 2023, "An Analysis of Fusion Functions for Hybrid Retrieval"); ``tutor eval retrieval`` prints the comparison.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from app.tutor.material import Material
from app.tutor.topics import Topic, Topics
from app.tutor.types import Passage
from ingest.types import Chunk
from ingest.words import words

Mode = Literal["fused", "dense", "words"]
_POOL = 60
_TOPIC_BONUS = 0.1
_UNSURE_TOPIC_BONUS = 0.03
_FOCUSED_WORDS = 5


@dataclass(frozen=True)
class Weights:
    """How the searches count; ``dense`` in [0, 1], the rest goes to word search."""

    dense: float = 0.5
    topic: float = _TOPIC_BONUS
    mode: Mode = "fused"


@dataclass(frozen=True)
class Retrieved:
    """Passages for a question, best first, with what the scope decision needs to know.

    ``similarity`` is the best cosine, ``question_words`` the stems of the question as searched, ``vector`` its embedding.
    """

    question: str
    passages: tuple[Passage, ...]
    chunks: tuple[Chunk, ...]
    topics: tuple[Topic, ...]
    question_words: tuple[str, ...]
    vector: NDArray[np.float32]
    similarity: float


class Retriever:
    """Searches one `Material`."""

    def __init__(self, material: Material, topics: Topics, weights: Weights | None = None) -> None:
        self.material = material
        self.topics = topics
        self.weights = weights or Weights()

    def retrieve(self, question: str, k: int = 8) -> Retrieved:
        """Return up to ``k`` passages for a standalone question."""
        expanded = self.topics.expand(question)
        topics = tuple(self.topics.find(question))
        vector = self.material.embed(expanded)
        question_words = tuple(dict.fromkeys(words(expanded)))
        nearest = self.material.nearest(vector, _POOL)
        scores = self._fuse(nearest, question_words) + self._topic_bonus(topics, question_words)
        best = np.argsort(-scores, kind="stable")[:k]
        chunks = tuple(self.material.chunks[self.material.order[i]] for i in best if scores[i] > 0)
        return Retrieved(
            question=question,
            passages=tuple(
                self.passage(chunk, float(min(1.0, scores[i] / (1 + self.weights.topic))))
                for chunk, i in zip(chunks, best, strict=False)
            ),
            chunks=chunks,
            topics=topics,
            question_words=question_words,
            vector=vector,
            similarity=nearest[0][1] if nearest else 0.0,
        )

    def passage(self, chunk: Chunk, score: float) -> Passage:
        """Return ``chunk`` as a passage."""
        document = self.material.documents[chunk.document]
        return Passage(
            id=chunk.id,
            document=document.id,
            path=document.path,
            title=document.title,
            headings=chunk.headings,
            text=chunk.text(document),
            start=chunk.start,
            end=chunk.end,
            score=score,
            url=document.url,
        )

    def _fuse(self, nearest: Sequence[tuple[str, float]], question_words: Sequence[str]) -> NDArray[np.float64]:
        order = {chunk: i for i, chunk in enumerate(self.material.order)}
        dense = np.zeros(len(order))
        if nearest and self.weights.mode != "words":
            values = _min_max(np.array([similarity for _, similarity in nearest]))
            for (chunk, _), value in zip(nearest, values, strict=True):
                dense[order[chunk]] = value
        if self.weights.mode == "dense":
            return dense
        by_words = _min_max(self.material.words.scores(question_words).astype(np.float64))
        if self.weights.mode == "words":
            return by_words
        return self.weights.dense * dense + (1 - self.weights.dense) * by_words

    def _topic_bonus(self, topics: Sequence[Topic], question_words: Sequence[str]) -> NDArray[np.float64]:
        """Return a bonus per chunk; in a long question a name is often a circumstance and not what is asked about."""
        share = min(1.0, _FOCUSED_WORDS / max(1, len(question_words)))
        bonus = {t.document: share * (self.weights.topic if t.sure else _UNSURE_TOPIC_BONUS) for t in topics}
        return np.array([bonus.get(chunk.document, 0.0) for chunk in self.material.chunks.values()])


def _min_max(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return ``values`` scaled to [0, 1]; all zeros where they are equal."""
    low, high = float(values.min(initial=np.inf)), float(values.max(initial=-np.inf))
    if not values.size or high <= low:
        return np.zeros_like(values)
    return (values - low) / (high - low)
