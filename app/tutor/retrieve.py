"""Question to passages: meaning of passages (Chroma) and of sentences, and words (BM25), fused; with topics by name.

Score fusion instead of rank fusion because it keeps how much better the best passage is (Bruch, Gai and
Ingber 2023, "An Analysis of Fusion Functions for Hybrid Retrieval"). A sentence inside a passage often says what the
passage as a whole blurs, so the best sentence counts beside the passage. Further passages of one document
make room for other documents. ``tutor eval retrieval`` prints the comparison.
"""

from __future__ import annotations

from collections import Counter
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
PASSAGES = 12
"""How many passages an answer is made from."""

_POOL = 60
_TOPIC_BONUS = 0.1
_UNSURE_TOPIC_BONUS = 0.03
_FOCUSED_WORDS = 5


@dataclass(frozen=True)
class Weights:
    """How the searches count: ``dense`` passages, dense ``sentences``, and word search with what remains to 1.

    ``repeat`` is taken off a passage's score for each better one of the same document.
    """

    dense: float = 0.25
    sentences: float = 0.4
    repeat: float = 0.2
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

    def retrieve(self, question: str, k: int = PASSAGES) -> Retrieved:
        """Return up to ``k`` passages for a standalone question."""
        expanded = self.topics.expand(question)
        topics = tuple(self.topics.find(question))
        vector = self.material.embed(expanded)
        question_words = tuple(dict.fromkeys(words(expanded)))
        nearest = self.material.nearest(vector, _POOL)
        fused = self._fuse(nearest, vector, question_words) + self._topic_bonus(topics, question_words)
        best = self._varied(fused, k)
        chunks = tuple(self.material.chunks[self.material.order[i]] for i, _ in best)
        return Retrieved(
            question=question,
            passages=tuple(
                self.passage(chunk, min(1.0, score / (1 + self.weights.topic)))
                for chunk, (_, score) in zip(chunks, best, strict=True)
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

    def _fuse(
        self, nearest: Sequence[tuple[str, float]], vector: NDArray[np.float32], question_words: Sequence[str]
    ) -> NDArray[np.float64]:
        """Return a score in [0, 1] per chunk, in the order of the material."""
        weights = self.weights
        if weights.mode == "words":
            return self._by_words(question_words)
        order = {chunk: i for i, chunk in enumerate(self.material.order)}
        dense = np.zeros(len(order))
        if nearest:
            values = _min_max(np.array([similarity for _, similarity in nearest]))
            for (chunk, _), value in zip(nearest, values, strict=True):
                dense[order[chunk]] = value
        if weights.mode == "dense":
            return dense
        by_words = 1 - weights.dense - weights.sentences
        return (
            weights.dense * dense
            + weights.sentences * self._by_sentences(vector)
            + by_words * self._by_words(question_words)
        )

    def _by_words(self, question_words: Sequence[str]) -> NDArray[np.float64]:
        return _min_max(self.material.words.scores(question_words).astype(np.float64))

    def _by_sentences(self, vector: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return per chunk the cosine of its best sentence, the best of all as 1 and the `_POOL`-th best as 0."""
        best = np.maximum.reduceat(self.material.unit_vectors @ vector, self.material.first_rows).astype(np.float64)
        pool = min(_POOL, len(best))
        low, high = float(np.partition(best, -pool)[-pool]), float(best.max())
        return np.clip((best - low) / (high - low), 0.0, 1.0) if high > low else np.zeros_like(best)

    def _varied(self, scores: NDArray[np.float64], k: int) -> list[tuple[int, float]]:
        """Return up to ``k`` (position, score), best first, one of a document already taken set back by ``repeat``."""
        pool = [int(i) for i in np.argsort(-scores, kind="stable")[: 5 * k] if scores[i] > 0]
        documents = {i: self.material.chunks[self.material.order[i]].document for i in pool}
        taken: Counter[str] = Counter()
        best: list[tuple[int, float]] = []
        while pool and len(best) < k:
            worth = {i: float(scores[i]) - self.weights.repeat * taken[documents[i]] for i in pool}
            chosen = max(pool, key=worth.__getitem__)
            if worth[chosen] <= 0:
                break
            best.append((chosen, float(scores[chosen])))
            taken[documents[chosen]] += 1
            pool.remove(chosen)
        return best

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
