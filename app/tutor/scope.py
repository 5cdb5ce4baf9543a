"""Whether the material holds the answer: several weak signals, weighed by a fitted logistic model.

Cosine similarity alone rejects only questions about something else: a question on the right topic that asks for
a detail no note holds is as similar as one that can be answered. What tells them apart is whether the words beyond the
topic's name are covered near it. ``python -m evals.fit_scope`` fits the weights on the dev cases.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

from app.tutor.material import Material, Quotable
from app.tutor.question import Question
from app.tutor.retrieve import Retrieved
from ingest.words import words

WEIGHTS_PATH = Path(__file__).with_name("scope_weights.json")


@dataclass(frozen=True)
class Signals:
    """What speaks for or against an answer in the material; all in [0, 1].

    ``similarity``, ``unit_similarity``: best cosine of a chunk, of a sentence. ``standout``: how far the best sentence lies
    above the mean of its document. ``coverage``, ``unit_coverage``, ``corpus_coverage``: share of the question's words,
    weighed by rarity, in the best three passages, in the best sentence with its headings, anywhere.
    ``residual``: the same for the words beyond topic names, in the best sentence. ``rarest_missing``,
    ``unknown``: relative rarity of the rarest word that the best passages lack; share of words, topic names aside, that occur nowhere.
    ``foreign``: 1 if the question asks for what study notes never hold (prices, people, dates of release, other vendors,
    errands, trivia). ``length``: number of words, 15 and more as 1. ``named``: 1 if a topic is named for sure.
    """

    similarity: float
    unit_similarity: float
    standout: float
    coverage: float
    unit_coverage: float
    corpus_coverage: float
    residual: float
    rarest_missing: float
    unknown: float
    foreign: float
    length: float
    named: float


@dataclass(frozen=True)
class ScopeModel:
    """Logistic weights: one set for all questions, one added for those that name a topic; probability threshold."""

    intercept: float
    shared: dict[str, float]
    if_named: dict[str, float]
    threshold: float

    def probability(self, found: Signals) -> float:
        """Return the estimated probability that the material holds the answer."""
        values = asdict(found)
        z = self.intercept + sum(self.shared[name] * value for name, value in values.items())
        z += found.named * sum(self.if_named[name] * value for name, value in values.items())
        return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, z))))


@cache
def shipped_model() -> ScopeModel:
    """Return the fitted model that ships with the program."""
    return ScopeModel(**json.loads(WEIGHTS_PATH.read_text(encoding="utf-8")))


# What a study note does not hold, whatever its topic.
_FOREIGN = re.compile(
    "|".join(
        (
            r"\b(?:price|prices|pricing|dollars?|usd|euros?|bitcoin|per hour|hourly|wages?|salary|salaries|earns?|refund|invoice)\b",
            r"\bhow much (?:does|do|is|are|would|will)\b.*\b(?:costs?|charged?|pay|bill\w*)\b",
            r"\bwho (?:invented|created|wrote|founded|developed|designed|made|teaches|named|came up|is the)\b",
            r"\b(?:invent(?:ed|or)|founder|ceo|author|engineer designed|history of|gets? its name|is .{3,40} called)\b",
            r"\bwhich (?:company|companies|customers?|bank|book|course|paper|university|engineer|version|release)\b",
            r"\b(?:what year|which year|release date|release notes|released|launched|announced|(?:latest|current|newest) version)\b",
            r"\b(?:azure|google|gcp|vertex|databricks|confluent|oracle|hashicorp|tableau|openai|chatgpt|github|udemy|whatsapp)\b",
            r"\b(?:windows|ubuntu|macos|android|arduino|raspberry|uninstall|install|cancel|reschedule|subscribe|mailing list)\b",
            r"\b(?:bug report|error code|keyboard|shortcut|logo|font|dark mode|colou?r of|pronounce\w*|phone number|password)\b",
            r"\b(?:mobile app|lines of code|written in|programming language|random seed|random number generator|which button)\b",
            r"\bwhich (?:\w+ )?(?:airline|car ?maker|hospital|retailer|startup|government|team) ",
            r"\b(?:under the hood|code path|inside aws|consensus protocol|square met|working hours|airspeed|carbon footprint)",
            r"\b(?:cloud practitioner|solutions architect|developer associate|sysops|devops engineer|security specialty)\b",
            r"\b(?:gov ?cloud|(?:us|eu|ap|ca|sa|me|af)-(?:gov-)?(?:north|south|east|west|central)\w*-\d)\b",
            r"\b(?:exact (?:json|arn|request|formula)|real (?:exam )?questions|braindumps?|dumps|derivative|derive|eigenvalue|proof)\b",
        )
    ),
    re.IGNORECASE,
)


_PRODUCT = re.compile(r"\b(?:AWS|Amazon)\s+([A-Z][\w-]+)")


def in_scope(question: Question, retrieved: Retrieved, material: Material) -> bool:
    """Return whether the material holds an answer, as far as the signals tell.

    An overview or a comparison of topics that are there is always in scope, and so is a question that one
    sentence on its topic covers in every word.
    """
    if not retrieved.passages:
        return False
    sure = {topic.document for topic in question.topics if topic.sure}
    found = signals(question, retrieved, material)
    if not found.foreign and ((question.kind == "overview" and sure) or (question.kind == "compare" and len(sure) > 1)):
        return True
    if sure and not found.foreign and found.residual == 1.0 and found.unknown == 0.0:
        return True
    model = shipped_model()
    return model.probability(found) >= model.threshold


def signals(question: Question, retrieved: Retrieved, material: Material) -> Signals:
    """Return the signals for a question and what was retrieved for it."""
    asked = _weighed(words(question.standalone), material)
    own_names = {
        word
        for topic in question.topics
        if topic.sure
        for word in words(" ".join((topic.title, topic.name, *material.documents[topic.document].keywords)))
    }
    beyond = [(word, rarity) for word, rarity in asked if word not in own_names]
    units = _units(question, retrieved, material)
    similarities = [float(material.unit_vectors[unit.row] @ retrieved.vector) for unit in units]
    best = max(range(len(units)), key=similarities.__getitem__)
    home = material.chunks_of[units[best].chunk.document]
    at_home = [
        float(material.unit_vectors[u.row] @ retrieved.vector) for chunk in home for u in material.units[chunk.id]
    ]
    said = [set(unit.words) | material.heading_words(unit.chunk) for unit in units]
    nearby = {word for chunk in retrieved.chunks[:3] for word in material.words_of(chunk)}
    return Signals(
        similarity=max(0.0, retrieved.similarity),
        unit_similarity=max(0.0, similarities[best]),
        standout=max(0.0, max(at_home) - sum(at_home) / len(at_home)),
        coverage=_covered(asked, nearby),
        unit_coverage=max(_covered(asked, present) for present in said),
        corpus_coverage=_covered(asked, material.idf.keys()),
        residual=max(_covered(beyond, present) for present in said),
        rarest_missing=max((r for w, r in asked if w not in nearby), default=0.0) / material.rarest,
        unknown=sum(w not in material.idf for w, _ in beyond) / max(1, len(asked)),
        foreign=float(bool(_FOREIGN.search(question.standalone)) or _names_unknown_service(question, material)),
        length=min(1.0, len(asked) / 15),
        named=float(bool(own_names)),
    )


def _names_unknown_service(question: Question, material: Material) -> bool:
    """Return whether the question names a product of AWS that the material never mentions."""
    products = _PRODUCT.findall(question.text)
    return any(stems and not set(stems) & material.idf.keys() for stems in map(words, products))


def _units(question: Question, retrieved: Retrieved, material: Material) -> list[Quotable]:
    """Return the units of what was retrieved and of the topics that are named."""
    chunks = {chunk.id for chunk in retrieved.chunks}
    chunks |= {chunk.id for t in question.topics if t.sure for chunk in material.chunks_of[t.document]}
    return [unit for chunk in sorted(chunks) for unit in material.units[chunk]]


def _weighed(stems: Iterable[str], material: Material) -> list[tuple[str, float]]:
    return [(word, material.rarity(word)) for word in dict.fromkeys(stems)]


def _covered(asked: list[tuple[str, float]], present: Iterable[str]) -> float:
    """Return the share of ``asked``, by rarity, that is present; 1 if nothing is asked."""
    there = present if isinstance(present, (set, frozenset)) else set(present)
    total = sum(rarity for _, rarity in asked)
    return sum(rarity for word, rarity in asked if word in there) / total if total else 1.0
