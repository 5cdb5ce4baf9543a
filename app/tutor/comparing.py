"""Two things that one document treats side by side, such as bagging and boosting: which sentence speaks of which."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from app.tutor.scoring import Scored, fits_section
from ingest.words import words

TELLING = 3.0
"""Inverse document frequency from which one word of a name tells that it is meant."""

_SIDES = (
    re.compile(r"\bbetween (?P<one>.+?) and (?P<other>.+)", re.IGNORECASE),
    re.compile(r"\bcompar\w+ (?P<one>.+?) (?:and|with|to|against) (?P<other>.+)", re.IGNORECASE),
    re.compile(r"(?P<one>.+?) (?:vs\.?|versus|or|differ\w* from) (?P<other>.+)", re.IGNORECASE),
    re.compile(r"(?P<one>.+?) and (?P<other>.+)", re.IGNORECASE),
)
_ASKING = re.compile(
    r"\b(?:what|which|how|is|are|do|does|i|use|the|an?|when|should|tell|me|about|choose|explain|differences?|different)\b",
    re.IGNORECASE,
)
_THIRD = re.compile(r"\b(?:vs|versus|and|or)\b", re.IGNORECASE)
_ADVICE = re.compile(r"mistake|exam question|when not", re.IGNORECASE)
_LONGEST_NAME = 4
_MOST_DETAILS = 2


@dataclass(frozen=True)
class SideBySide:
    """``lead`` speaks of both; a row has a label and, for each of ``sides`` in order, a unit that speaks of it alone."""

    sides: tuple[str, str]
    lead: Scored | None
    rows: tuple[tuple[str, Scored, Scored], ...]
    details: tuple[Scored, ...]


def side_by_side(question: str, scored: Sequence[Scored], rarity: Callable[[str], float]) -> SideBySide | None:
    """Return the comparison of the two things named in a question; None if the units hold no row for both.

    ``scored`` are the units that may be quoted, best first; those of the best one's document are used.
    """
    sides = _sides(question)
    if sides is None or not scored:
        return None
    home = scored[0].quote.chunk.document
    stems = [words(side) for side in sides]
    names = [(stems[0], set(stems[0]) - set(stems[1])), (stems[1], set(stems[1]) - set(stems[0]))]
    both, alone = [], ([], [])  # type: tuple[list[Scored], tuple[list[Scored], list[Scored]]]
    for item in scored:
        if item.quote.chunk.document != home:
            continue
        spoken = [_speaks_of(name, own, item.quote.words, rarity) for name, own in names]
        if all(spoken) and item.quote.unit.kind == "sentence":
            both.append(item)
        elif any(spoken) and not all(spoken):
            alone[spoken.index(True)].append(item)
    rows = []
    for label, fits in (("In short", _is_about), ("Choose it when", _is_choice)):
        one, other = ([item for item in alone[at] if fits(item, side)] for at, side in enumerate(sides))
        pair = next(_alike_pairs(one, other), None)
        if pair is not None:
            rows.append((label, *pair))
    if not rows:
        return None
    lead, details = (both[0], both[1 : 1 + _MOST_DETAILS]) if both else (None, [])
    return SideBySide(sides, lead, tuple(rows), tuple(details))


def _sides(question: str) -> tuple[str, str] | None:
    """Return the two names in a question, as written; None if it does not set two things against each other."""
    for pattern in _SIDES:
        match = pattern.search(question.strip(" ?.!"))
        if match is None:
            continue
        if _THIRD.search(match["one"]) or _THIRD.search(match["other"]):
            return None
        one, other = (_ASKING.sub(" ", re.split(r"[,;:?.]", match[group])[0]).split() for group in ("one", "other"))
        if not (0 < len(one) <= _LONGEST_NAME and 0 < len(other) <= _LONGEST_NAME):
            return None
        stems = [set(words(" ".join(name))) for name in (one, other)]
        if stems[0] <= stems[1] or stems[1] <= stems[0]:
            return None
        return _title(one), _title(other)
    return None


def _title(name: Sequence[str]) -> str:
    text = " ".join(name)
    return text[0].upper() + text[1:]


def _speaks_of(name: Sequence[str], own: set[str], unit: Sequence[str], rarity: Callable[[str], float]) -> bool:
    """Return whether a unit holds the whole name, or the one word that tells of those the other name lacks."""
    telling = max(own, key=rarity)
    if rarity(telling) >= TELLING:
        return telling in unit
    return any(tuple(unit[i : i + len(name)]) == tuple(name) for i in range(len(unit) - len(name) + 1))


def _alike_pairs(one: Sequence[Scored], other: Sequence[Scored]) -> Iterator[tuple[Scored, Scored]]:
    """Yield pairs of the best units for each side, those of the same form first."""
    for kind in ("row", "sentence", None):
        left, right = ([item for item in side if kind in (None, item.quote.unit.kind)] for side in (one, other))
        if left and right:
            yield left[0], right[0]


def _is_about(item: Scored, side: str) -> bool:
    """Return whether a unit begins with the name and states what it is, so that it can stand in its column."""
    heading = item.quote.chunk.headings[-1] if item.quote.chunk.headings else ""
    begins = bool(set(item.quote.words[:2]) & set(words(side)))
    return begins and not fits_section("compare", item.quote.chunk) and not _ADVICE.search(heading)


def _is_choice(item: Scored, side: str) -> bool:
    return item.quote.unit.kind == "sentence" and fits_section("compare", item.quote.chunk)
