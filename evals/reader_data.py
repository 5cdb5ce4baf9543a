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
from app.tutor.windows import Candidate, candidates_of, window_of
from corpus.markdown import plain_text
from evals.checker_domain import OwnSentence, domain_sentences, notes_by_id, sources_of
from evals.fault_tools import Context
from evals.faults import plant
from evals.labelled import LabelledAnswer
from evals.training_faults import TRAINING
from ingest.words import words

MARKED, FALSE = 0, 1
"""The reader's heads: marked by people in answers, and false about notes."""

Span = tuple[int, int]
Rarity = Mapping[str, float]
_COPIES_A_NOTE, _COPIES_A_SOURCE, _COPIED_SOURCES = 14, 5, 650
_WORDS = 8, 40
_LEFT_OUT = 0.4
"""So many copied sentences also come with passages that lack them."""
_FOREIGN_NAMES = 20


@dataclass(frozen=True)
class Pair:
    """A sentence with its window; ``spans`` of the sentence are what makes it unsupported, None where that is unknown.

    ``group`` keeps together what must not be on both sides of a fold; ``answer`` is an index into the answers or -1.
    """

    claim: str
    window: str
    unsupported: bool
    head: int
    group: str
    spans: tuple[Span, ...] | None = None
    weight: float = 1.0
    answer: int = -1


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


def own_pairs(own: Iterable[OwnSentence], rarity: Rarity) -> list[Pair]:
    """Return our own labelled sentences, of whose false ones nobody marked what makes them so."""
    return [
        Pair(
            claim := claim_of(plain_text(entry.sentence)),
            _window(claim, candidates_of(entry.sources), rarity),
            not entry.supported,
            FALSE,
            entry.group,
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


def copied_pairs(answers: Sequence[LabelledAnswer], rarity: Rarity, seed: int) -> list[Pair]:
    """Return sentences of passages and of notes as they are, with a planted fault, or with passages that lack them.

    No label of a person is used, and no note that leads a frozen case.
    """
    rng = Random(seed)
    frozen = {case.notes[0] for case in domain_sentences("frozen")}
    of_notes = [(id_, sources_of([note])) for id_, note in notes_by_id().items() if id_ not in frozen]
    passages = {answer.source: answer.passages for answer in answers}
    of_answers = [(id_, [Source(str(i), text) for i, text in enumerate(texts)]) for id_, texts in passages.items()]
    rng.shuffle(of_answers)
    found: list[Pair] = []
    for groups, copies in ((of_notes, _COPIES_A_NOTE), (of_answers[:_COPIED_SOURCES], _COPIES_A_SOURCE)):
        names = _names(source.text for _, sources in groups for source in sources)
        for group, sources in groups:
            found += _copies(group, sources, copies, names, rarity, rng)
    return found


def _copies(
    group: str, sources: Sequence[Source], most: int, names: Sequence[str], rarity: Rarity, rng: Random
) -> Iterable[Pair]:
    candidates, text = candidates_of(sources), "\n".join(source.text for source in sources)
    fit = [c for c in candidates if _WORDS[0] <= len(c.said.tokens) <= _WORDS[1]]
    rng.shuffle(fit)
    for candidate in fit[:most]:
        claim = _shortened(candidate.said.plain, rng)
        wanted = frozenset(words(claim))
        if len(wanted) < 3:
            continue
        yield Pair(claim, window_of(wanted, candidates, rarity), False, FALSE, group, ())
        faults = list(plant(TRAINING, claim, Context(text, _some(names, rng)), rng).values())
        rng.shuffle(faults)
        for altered in faults[:2]:
            yield Pair(altered, _window(altered, candidates, rarity), True, FALSE, group, _changed(claim, altered))
        if rng.random() < _LEFT_OUT and len(candidates) > 6:
            window = window_of(wanted, [c for c in candidates if c.place != candidate.place], rarity)
            there = frozenset(words(window))
            new = [m.span() for m in re.finditer(r"[^\W_]+", claim) if not there.issuperset(words(m.group()))]
            if len(wanted & there) < 0.6 * len(wanted):
                yield Pair(claim, window, True, FALSE, group, tuple(new))


def _shortened(sentence: str, rng: Random) -> str:
    """Return a sentence, that without what stands in brackets, or its first clause."""
    forms = [sentence, re.sub(r"\s*\([^)]*\)", "", sentence)]
    clause = re.match(r"(.{30,}?)(?:, (?:and|but|which|so|because|while)|;| because| so that) .*$", sentence)
    if clause:
        forms.append(f"{clause.group(1)}.")
    return rng.choice(forms)


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
