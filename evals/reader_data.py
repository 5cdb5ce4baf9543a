"""Pairs of a sentence and the passage sentences closest to it, labelled, for training the reader."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from app.tutor import facts
from app.tutor.ground import answer_spans, claims_nothing
from app.tutor.source import Source
from app.tutor.support import claim_of
from app.tutor.windows import Candidate, candidates_of, closest_of, window_of
from corpus.markdown import plain_text
from evals.checker_domain import OwnSentence
from evals.entailment_data import Entailment
from evals.fault_tools import Context
from evals.faults import plant
from evals.labelled import LabelledAnswer
from evals.training_faults import TRAINING
from ingest.words import words

MARKED, FALSE = 0, 1
"""The reader's heads: marked by people in answers, and does not follow from the passage."""

Span = tuple[int, int]
Rarity = Mapping[str, float]
_FOREIGN_NAMES = 20
_LESS = {"swaps": 0.3, "monotonicity": 0.5}


@dataclass(frozen=True)
class Pair:
    """A sentence with its window; ``spans`` of the sentence are what makes it unsupported, None where that is unknown.

    ``closest`` is the passage sentence closest to it, where that is read too. ``group`` keeps together what must not be on both sides of a fold; ``answer`` is an index into the answers or -1.
    """

    claim: str
    window: str
    unsupported: bool
    head: int
    group: str
    spans: tuple[Span, ...] | None = None
    weight: float = 1.0
    answer: int = -1
    closest: str = ""


def marked_pairs(answers: Sequence[LabelledAnswer], rarity: Rarity) -> list[Pair]:
    """Return every sentence of the answers that claims something, in the order of `evals.checker_train.examples_of`.

    An unmarked sentence of an answer with marked ones counts less: annotators overlook some of what is wrong there.
    """
    found: list[Pair] = []
    prepared: dict[tuple[str, ...], list[Candidate]] = {}
    for number, answer in enumerate(answers):
        if answer.passages not in prepared:
            prepared[answer.passages] = candidates_of([Source(str(i), p) for i, p in enumerate(answer.passages)])
        for start, end in answer_spans(answer.answer):
            text = plain_text(answer.answer[start:end])
            if claims_nothing(text):
                continue
            claim, marks = claim_of(text), answer.marks(start, end)
            marked = [answer.answer[max(start, m.start) : min(end, m.end)] for m in marks]
            found.append(
                Pair(
                    claim,
                    _window(claim, prepared[answer.passages], rarity),
                    bool(marks),
                    MARKED,
                    answer.source,
                    _located(claim, marked),
                    0.6 if answer.unsupported and not marks else 1.0,
                    number,
                )
            )
    return found


def entailment_pairs(entailments: Iterable[Entailment]) -> list[Pair]:
    """Return public pairs; those of a few templates count less."""
    return [
        Pair(e.claim, e.given, not e.follows, FALSE, e.source, weight=_LESS.get(e.source, 1.0)) for e in entailments
    ]


def own_pairs(own: Iterable[OwnSentence], rarity: Rarity) -> list[Pair]:
    """Return our own labelled sentences, of whose false ones nobody marked what makes them so."""
    return [
        Pair(
            claim := claim_of(plain_text(entry.sentence)),
            _window(claim, candidates := candidates_of(entry.sources), rarity),
            not entry.supported,
            FALSE,
            entry.group,
            closest=closest_of(frozenset(words(claim)), candidates, rarity),
        )
        for entry in own
    ]


def planted_pairs(own: Iterable[OwnSentence], rarity: Rarity, weight: float, seed: int) -> list[Pair]:
    """Return true sentences of our own, and one planted fault in each."""
    rng, found = Random(seed), []
    true = [entry for entry in own if entry.supported]
    names = _names(text.sentence for text in true)
    for entry in true:
        claim, candidates = claim_of(plain_text(entry.sentence)), candidates_of(entry.sources)
        if len(set(words(claim))) < 3:
            continue
        found.append(Pair(claim, _window(claim, candidates, rarity), False, FALSE, entry.group, (), weight))
        context = Context("\n".join(source.text for source in entry.sources), _some(names, rng))
        faults = list(plant(TRAINING, claim, context, rng).values())
        rng.shuffle(faults)
        for altered in faults[:1]:
            window = _window(altered, candidates, rarity)
            found.append(Pair(altered, window, True, FALSE, entry.group, _changed(claim, altered), weight))
    return found


def _window(claim: str, candidates: Sequence[Candidate], rarity: Rarity) -> str:
    return window_of(frozenset(words(claim)), candidates, rarity)


def _names(texts: Iterable[str]) -> list[str]:
    return sorted({name for text in texts for name in facts.names(text) if name[:1].isupper()})


def _some(names: Sequence[str], rng: Random) -> list[str]:
    return rng.sample(names, min(_FOREIGN_NAMES, len(names)))


def _changed(before: str, after: str) -> tuple[Span, ...]:
    """Return the spans of ``after`` that are not in ``before``; where words were taken out, that of the next word."""
    ours, theirs = list(re.finditer(r"\S+", after)), re.findall(r"\S+", before)
    matcher = difflib.SequenceMatcher(None, theirs, [m.group() for m in ours], autojunk=False)
    found = []
    for kind, _, _, first, last in matcher.get_opcodes():
        if kind != "equal" and ours:
            first = min(first, len(ours) - 1)
            found.append((ours[first].start(), ours[max(first, last - 1)].end()))
    return tuple(found)


def _located(claim: str, marked: Iterable[str]) -> tuple[Span, ...]:
    """Return where the marked texts stand in the claim; if one does not as a whole, where its longer words do."""
    found = []
    for text in marked:
        plain = " ".join(plain_text(text).split())
        at = claim.find(plain) if plain else -1
        if at >= 0:
            found.append((at, at + len(plain)))
            continue
        for word in re.findall(r"\w{4,}", plain):
            at = claim.find(word)
            if at >= 0:
                found.append((at, at + len(word)))
    return tuple(found)
