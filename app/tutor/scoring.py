"""How well a unit answers a question: meaning, words, passage, section and form, weighed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from app.tutor import facts
from app.tutor.material import Material, Quotable
from app.tutor.question import Kind, Question
from app.tutor.retrieve import Retrieved
from ingest.types import Chunk
from ingest.words import words

_LONGEST_FOCUSED = 9

# Which sections and forms answer which kind of question. Packs use these headings; a learner's own material
# may not, then meaning and words decide alone.
_SECTION_PATTERNS: dict[Kind, str] = {
    "define": r"^what it is|definition|overview|introduction",
    "when": r"^when to|when it|use case|in an exam question",
    "which": r"^when to|^what it is|in an exam question|how to choose|choosing",
    "why": r"how it works|^what it is|when to|why|common mistakes",
    "how": r"how it works|how to|facts|hyperparameters|steps",
    "number": r"facts|numbers|limits|hyperparameters|quotas",
    "list": r"facts|numbers|formats|types|hyperparameters|^what it is",
    "yes_no": r"common mistakes|facts|^what it is|when",
    "other": r"^what it is|^when to|facts",
    "contrast": r"^when to|differ|versus|how it works|facts",
    "compare": r"^when to choose|^when to use",
}
_SECTIONS = {kind: re.compile(pattern, re.IGNORECASE) for kind, pattern in _SECTION_PATTERNS.items()}
_REASON = re.compile(r"\b(?:because|so that|therefore|reason|since|avoids?|prevents?|lets?)\b")
_CONTRAST = re.compile(r"\b(?:while|whereas|but|instead of|unlike)\b|, and .* (?:is|are|has|gives|shrinks|penalizes) ")


@dataclass(frozen=True)
class Weights:
    """What each signal adds to a unit's score; all signals lie in [0, 1].

    The last four choose further sentences: bonus for the first sentence's document, penalty for similarity to
    what is chosen, and the least share of the best score, in the same document and elsewhere.
    """

    similarity: float = 2.4
    coverage: float = 0.55
    passage: float = 0.3
    section: float = 0.05
    form: float = 0.08
    topic: float = 0.12
    part: float = 0.32
    stray_row: float = -0.2
    home: float = 0.06
    repeat: float = 0.35
    floor: float = 0.5
    elsewhere: float = 0.78


@dataclass(frozen=True)
class Scored:
    """A unit and its score; higher fits the question better."""

    quote: Quotable
    score: float


def score_units(
    material: Material,
    weights: Weights,
    question: Question,
    retrieved: Retrieved,
    candidates: Iterable[tuple[Chunk, float]],
) -> list[Scored]:
    """Return the units of the candidate chunks (each with its passage score), best first."""
    wanted = [(word, material.rarity(word)) for word in retrieved.question_words]
    total = sum(rarity for _, rarity in wanted) or 1.0
    sure = asked_about(question)
    parts = [
        frozenset(words(topic.name))
        for topic in question.topics
        if topic.sure and not set(words(topic.name)) & set(words(topic.title))
    ]
    scored = []
    for chunk, passage_score in candidates:
        document = material.documents[chunk.document]
        context = set(words(document.title)) | set(words(" ".join(chunk.headings)))
        fits = fits_section(question.kind, chunk)
        for quote in material.units[chunk.id]:
            if quote.unit.kind == "code" or len(quote.words) < 2:
                continue
            present = set(quote.words)
            covered = sum(r if w in present else 0.4 * r if w in context else 0.0 for w, r in wanted)
            similarity = float(material.unit_vectors[quote.row] @ retrieved.vector)
            score = (
                weights.similarity * similarity
                + weights.coverage * covered / total
                + weights.passage * passage_score
                + weights.section * fits
                + weights.form * _fits_form(question, quote, retrieved)
                + weights.topic * (chunk.document in sure)
                + weights.part * any(name <= present for name in parts)
                + weights.stray_row * (question.kind != "list" and _is_stray_row(quote, retrieved))
            )
            scored.append(Scored(quote, score))
    return sorted(scored, key=lambda item: -item.score)


def asked_about(question: Question) -> set[str]:
    """Return the documents that a question is about: those it names, unless it is a long story that mentions them."""
    if len(words(question.standalone)) > _LONGEST_FOCUSED:
        return set()
    return {topic.document for topic in question.topics if topic.sure}


def _is_stray_row(quote: Quotable, retrieved: Retrieved) -> bool:
    """Return whether a unit is a table row whose first cell the question does not speak of."""
    if quote.unit.kind != "row":
        return False
    return not set(words(quote.unit.plain.split(" — ")[0])) & set(retrieved.question_words)


def fits_section(kind: Kind, chunk: Chunk) -> bool:
    """Return whether the section of a chunk usually answers this kind of question."""
    pattern = _SECTIONS.get(kind)
    return bool(pattern and chunk.headings and pattern.search(chunk.headings[-1]))


def _fits_form(question: Question, quote: Quotable, retrieved: Retrieved) -> float:
    """Return how well the form of a unit fits the kind of question, in [0, 1]."""
    plain = quote.unit.plain
    match question.kind:
        case "number":
            return 1.0 if facts.numbers(plain) else 0.0
        case "define" if any(plain.casefold().startswith(topic.name.casefold()) for topic in question.topics):
            return 1.0
        case "define":
            return 0.6 if re.match(r"[^.]{2,60}? (?:is|are|means|measures|was) ", plain) else 0.0
        case "when" | "which":
            return 1.0 if re.match(r"(?:Choose|Use|Pick|Prefer|Select|Start)\b", plain) else 0.0
        case "why":
            return 1.0 if _REASON.search(plain) else 0.0
        case "contrast":
            return 1.0 if _CONTRAST.search(plain) else 0.0
        case "list":
            return 0.7 if quote.unit.kind == "row" or plain.count(",") >= 2 else 0.0
        case _:
            return 0.0
