"""Subject of one clause, predicate of another: "Tensor parallelism splits the layers" where that is pipeline parallelism.

Two clauses that say things alike of different subjects are told apart by the words only one of them has: the first of
these name the subject, the others what is said of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from app.tutor.effects import WAYS
from app.tutor.statement import MOST_PARTS
from ingest.words import words

_PARTS = re.compile(r"; |, (?:and|but|while|whereas) | (?:while|whereas) ")
PREDICATE = 0.66
"""Share of another clause's predicate that a sentence must have to have taken it."""

COVERED = 0.7
"""Share of a clause of the sentence that the two clauses must cover together."""

_LONGEST_SUBJECT = 3


@dataclass(frozen=True)
class Clause:
    """Content words in order; of a table cell the ``subject`` is known: its header, or the label of its row."""

    ordered: tuple[str, ...]
    content: frozenset[str]
    subject: frozenset[str] = frozenset()


@lru_cache(maxsize=16384)
def clauses(plain: str) -> tuple[Clause, ...]:
    """Return the clauses of a sentence that set things against each other, or a row's cells, each read both ways."""
    if " — " in plain:
        label, _, cells = plain.partition(" — ")
        found = []
        for cell in cells.split("; ")[:MOST_PARTS]:
            header, _, value = cell.partition(": ")
            row = (label, header, value)
            ordered = tuple(word for part in row for word in words(part))
            found += [Clause(ordered, frozenset(ordered), frozenset(words(subject))) for subject in (label, header)]
        return tuple(found)
    parts = [tuple(words(part)) for part in _PARTS.split(plain)[:MOST_PARTS]]
    return tuple(Clause(part, frozenset(part)) for part in parts if len(part) >= 2)


def swapped(
    sentence: str, passage: Sequence[str], topic: frozenset[str]
) -> tuple[int, frozenset[str], frozenset[str]] | None:
    """Return (number of the sentence in the passage, its own subject, the subject put there) if one took another's place.

    ``passage`` are sentences that stand together, ``topic`` the stems of their heading.
    """
    known = [(at, clause) for at, plain in enumerate(passage) for clause in clauses(plain)]
    for ours in clauses(sentence):
        said = ours.content
        if len(said) < 3:
            continue
        best = max((len(said & clause.content) for _, clause in known), default=0)
        near = [(at, clause) for at, clause in known if 2 * len(said & clause.content) >= len(said)]
        for at, one in near:
            for _, two in known:
                found = _taken(said, one, two, topic)
                if found and _is_new(found, said, best, one, two, known):
                    return at, found[0], found[1]
    return None


def _taken(
    said: frozenset[str], one: Clause, two: Clause, topic: frozenset[str]
) -> tuple[frozenset[str], frozenset[str], frozenset[str]] | None:
    """Return (subject of ``one``, subject of ``two``, predicate of ``one``) if the sentence says of the second what ``one`` says of the first."""
    if one is two or len(one.content & two.content) == 0:
        return None
    first, second = _split(one, two), _split(two, one)
    if first is None or second is None:
        return None
    (subject, predicate), (other, others) = first, second
    took = len(said & predicate) >= PREDICATE * len(predicate)
    if (
        not took
        or (subject | other) & WAYS
        or said & subject
        or subject <= topic
        or not other <= said
        or other <= topic
        or said & others
    ):
        return None
    return subject, other, predicate


def _split(clause: Clause, rival: Clause) -> tuple[frozenset[str], frozenset[str]] | None:
    """Return (subject, predicate) among the words that only ``clause`` has; None if it has not both."""
    own = clause.content - rival.content
    if clause.subject:
        subject = clause.subject & own
    else:
        run: list[str] = []
        for word in clause.ordered:
            if word in own:
                run.append(word)
            elif run:
                break
        subject = frozenset(run)
    predicate = own - subject
    if not subject or not predicate or len(subject) > _LONGEST_SUBJECT:
        return None
    return subject, predicate


def _is_new(
    found: tuple[frozenset[str], frozenset[str], frozenset[str]],
    said: frozenset[str],
    best: int,
    one: Clause,
    two: Clause,
    known: Iterable[tuple[int, Clause]],
) -> bool:
    """Return whether both clauses together cover the sentence better than any clause, and none says it of that subject."""
    together = len(said & (one.content | two.content))
    if together < COVERED * len(said) or together <= best:
        return False
    return not any(found[1] <= clause.content and found[2] & said <= clause.content for _, clause in known)
