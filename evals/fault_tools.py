"""What both generators of planted faults are built with."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from random import Random

DIGITS = re.compile(r"(?<![\w.,])\d+(?:,\d{3})*(?:\.\d+)?(?![\w,]|\.\d)")


@dataclass(frozen=True)
class Context:
    """What a fault may draw on: the text of the passages and names from elsewhere."""

    passages: str
    foreign_names: Sequence[str]


Fault = Callable[[str, Context, Random], str | None]


def unit_fault(table: dict[str, str]) -> Fault:
    """Return the fault that gives a number another unit."""
    pattern = re.compile(rf"(?<=\d[ -])(?:{'|'.join(table)})\b")

    def fault(sentence: str, context: Context, rng: Random) -> str | None:
        match = pick(pattern.finditer(sentence), rng)
        return None if match is None else replaced(sentence, match, table[match.group()])

    return fault


def direction_fault(pairs: str) -> Fault:
    """Return the fault that turns a word round, from pairs such as ``more|less``."""
    table: dict[str, str] = {}
    for pair in pairs.split():
        left, right = pair.split("|")
        table[left], table[right] = right, left
    pattern = re.compile(rf"\b(?:{'|'.join(table)})\b", re.IGNORECASE)

    def fault(sentence: str, context: Context, rng: Random) -> str | None:
        match = pick(pattern.finditer(sentence), rng)
        return None if match is None else replaced(sentence, match, table[match.group().casefold()])

    return fault


def pick(matches: Iterable[re.Match[str]], rng: Random) -> re.Match[str] | None:
    """Return one of the matches, None if there is none."""
    found = list(matches)
    return rng.choice(found) if found else None


def replaced(sentence: str, match: re.Match[str], text: str) -> str:
    """Return the sentence with ``text`` in the place of a match, capital as before."""
    if match.group()[:1].isupper() and text[:1].islower():
        text = text[0].upper() + text[1:]
    return sentence[: match.start()] + text + sentence[match.end() :]


def holds(text: str, passages: str) -> bool:
    """Return whether the passages hold a text as whole words."""
    return re.search(rf"(?<![\w.]){re.escape(text)}(?![\w])", passages) is not None
