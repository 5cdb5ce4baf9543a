"""The few passage sentences that speak most of what a sentence says, as one text for the reader."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from app.tutor.source import Source, units_of
from app.tutor.statement import Statement, statement
from ingest.words import words

MOST_UNITS, MOST_WORDS = 2, 40
CLOSEST_WORDS = 45
"""The most words of a single sentence that is read alone."""
_HEADING_HEAD, _HEADING_TAIL = 7, 5
_TOPIC_SHARE = 0.4
"""What a word of the heading counts for, against one of the sentence itself."""
_AGAIN = 0.4
"""What a word counts for that an earlier pick has already."""


@dataclass(frozen=True)
class Candidate:
    """A sentence or row of a passage: ``place`` is (passage, number in it), ``topic`` the content words of the heading."""

    place: tuple[int, int]
    said: Statement
    heading: str
    topic: frozenset[str]


def candidates_of(sources: Iterable[Source]) -> list[Candidate]:
    """Return every sentence and row of the sources."""
    return [
        Candidate((number, place), statement(unit.plain), source.heading, frozenset(words(source.heading)))
        for number, source in enumerate(sources)
        for place, unit in enumerate(units_of(source))
    ]


def closest_of(wanted: frozenset[str], candidates: Sequence[Candidate], rarity: Mapping[str, float]) -> str:
    """Return the one candidate that holds most of the words ``wanted``, under its heading."""
    return window_of(wanted, candidates, rarity, 1, CLOSEST_WORDS)


def window_of(
    wanted: frozenset[str],
    candidates: Sequence[Candidate],
    rarity: Mapping[str, float],
    most_units: int = MOST_UNITS,
    most_words: int = MOST_WORDS,
) -> str:
    """Return up to ``most_units`` of the candidates that together hold most of the words ``wanted``, as one text.

    The rarer a word, the more it counts. Sentences of a passage stand in its order and under its heading; the passage
    of the best one comes first, so that the order in which passages are given changes nothing.
    """
    shared = {
        id(candidate): (
            wanted & candidate.said.content,
            (wanted & candidate.topic) - candidate.said.content,
        )
        for candidate in candidates
    }
    left = [candidate for candidate in candidates if any(shared[id(candidate)])]
    picked: list[Candidate] = []
    seen: set[str] = set()
    room = most_words

    def gain(candidate: Candidate) -> tuple[float, int, str, str]:
        own, topic = shared[id(candidate)]
        total = sum(rarity.get(word, 1.0) * (_AGAIN if word in seen else 1.0) for word in own)
        total += _TOPIC_SHARE * sum(rarity.get(word, 1.0) for word in topic - seen)
        near = any(
            abs(candidate.place[1] - other.place[1]) == 1 and candidate.place[0] == other.place[0] for other in picked
        )
        return (
            round(total * (1.1 if near else 1.0), 6),
            -len(candidate.said.tokens),
            candidate.said.plain,
            candidate.heading,
        )

    while left and len(picked) < most_units and room > 0:
        best = max(left, key=gain)
        left.remove(best)
        if any(best.said.plain == other.said.plain for other in picked):
            continue
        picked.append(best)
        seen |= shared[id(best)][0]
        room -= len(best.said.tokens)
        left = [candidate for candidate in left if len(candidate.said.tokens) <= room]
    return _joined(picked)


def _joined(picked: Sequence[Candidate]) -> str:
    """Return the picked sentences by passage, that of the best first, each under what its heading adds to the last one."""
    parts: list[str] = []
    last: list[str] = []
    for passage in dict.fromkeys(candidate.place[0] for candidate in picked):
        ours = sorted((c for c in picked if c.place[0] == passage), key=lambda c: c.place[1])
        heading = ours[0].heading.split()
        same = next(
            (i for i, (a, b) in enumerate(zip(heading, last, strict=False)) if a != b), min(len(heading), len(last))
        )
        new, last = heading[same:], heading
        if len(new) > _HEADING_HEAD + _HEADING_TAIL:
            new = [*new[:_HEADING_HEAD], *new[-_HEADING_TAIL:]]
        said = " ".join(candidate.said.plain for candidate in ours)
        parts.append(f"{' '.join(new)}: {said}" if new else said)
    return " ".join(parts)
