"""Whether the material holds the answer: several weak signals, weighed by a fitted logistic model."""

from __future__ import annotations

import math
import re
from dataclasses import asdict, dataclass

from app.tutor.material import Material
from app.tutor.question import Question
from app.tutor.retrieve import Retrieved
from ingest.words import words


@dataclass(frozen=True)
class Signals:
    """What speaks for or against an answer in the material; all in [0, 1] except as said.

    ``similarity`` and ``unit_similarity`` are the best cosines of a chunk and of a sentence; ``coverage`` is the share
    of the question's words, weighed by rarity, in the best three passages, ``unit_coverage`` in the best sentence
    with its headings, ``corpus_coverage`` anywhere; ``rarest_missing`` is the relative rarity of the rarest word that
    the best three passages lack; ``named`` is 1 if a topic is named for sure; ``foreign`` is 1 if the
    question asks for what study notes never hold (prices, people, release dates, other vendors).
    """

    similarity: float
    unit_similarity: float
    coverage: float
    unit_coverage: float
    corpus_coverage: float
    rarest_missing: float
    named: float
    foreign: float


# What a note for an exam does not hold, whatever its topic.
_FOREIGN = re.compile(
    r"\b(?:price|prices|pricing|dollars?|usd|euros?|how much (?:does|do|is|are|would|will)\b.*\b(?:costs?|charged?|pay|bill\w*)"
    r"|costs? (?:per|in (?:us|eu|ap)-)|per[- ]hour|hourly|invented|inventor|founder|founded|ceo|author of|who (?:invented|created|wrote|founded|developed|designed|made|came up)"
    r"|what year|which year|release date|released|launched|announced|(?:latest|current|newest) version|version number|azure|google|gcp|vertex|databricks|snowflake"
    r"|openai|chatgpt|github|stack ?overflow|salary|keyboard shortcut|shortcut|logo|pronounce\w*|stock)\b",
    re.IGNORECASE,
)

_INTERCEPT = -4.0
_WEIGHTS = Signals(
    similarity=3.0,
    unit_similarity=4.0,
    coverage=3.0,
    unit_coverage=1.0,
    corpus_coverage=2.0,
    rarest_missing=-2.0,
    named=0.7,
    foreign=-3.0,
)
IN_SCOPE_FROM = 0.5


def signals(question: Question, retrieved: Retrieved, material: Material) -> Signals:
    """Return the signals for a question and what was retrieved for it."""
    asked = [(w, material.rarity(w)) for w in dict.fromkeys(words(question.standalone))]
    total = sum(r for _, r in asked) or 1.0
    top = retrieved.chunks[:3]
    nearby = {w for chunk in top for w in material.words_of(chunk)}
    units = [quote for chunk in retrieved.chunks for quote in material.units[chunk.id]]
    best_unit = max((float(material.unit_vectors[q.row] @ retrieved.vector) for q in units), default=0.0)
    in_units = max((_covered(asked, set(q.words) | material.heading_words(q.chunk)) for q in units), default=0.0)
    missing = [r for w, r in asked if w not in nearby]
    return Signals(
        similarity=max(0.0, retrieved.similarity),
        unit_similarity=max(0.0, best_unit),
        coverage=_covered(asked, nearby) / total,
        unit_coverage=in_units / total,
        corpus_coverage=sum(r for w, r in asked if w in material.idf) / total,
        rarest_missing=max(missing, default=0.0) / material.rarest,
        named=float(any(topic.sure for topic in retrieved.topics)),
        foreign=float(bool(_FOREIGN.search(question.standalone))),
    )


def probability(found: Signals) -> float:
    """Return the estimated probability that the material holds the answer."""
    weights, values = asdict(_WEIGHTS), asdict(found)
    z = _INTERCEPT + sum(weights[name] * values[name] for name in values)
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, z))))


def _covered(asked: list[tuple[str, float]], present: set[str]) -> float:
    return sum(r for w, r in asked if w in present)
