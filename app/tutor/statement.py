"""A sentence or table row prepared once for all comparisons: its tokens, content words, clauses."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache

from ingest.words import words

_PARTS = re.compile(
    r"[;:] | — |, (?:and|but|while|whereas|so|where|because|although) | (?:while|whereas|although|but) "
)
MOST_PARTS = 12
"""So many clauses or cells of a sentence are compared with others; the rest only counts as a whole."""


@dataclass(frozen=True)
class Statement:
    """``plain`` without Markdown; ``tokens`` are all its stems in order and ``content`` those that carry meaning."""

    plain: str
    tokens: tuple[str, ...]
    ordered: tuple[str, ...]

    @cached_property
    def content(self) -> frozenset[str]:
        return frozenset(self.ordered)

    @cached_property
    def clauses(self) -> tuple[frozenset[str], ...]:
        """The content words of each clause, at most `MOST_PARTS`; of a table row, its label with each of its cells."""
        if " — " in self.plain:
            label, _, cells = self.plain.partition(" — ")
            return tuple(frozenset(words(f"{label} {cell}")) for cell in cells.split("; ")[:MOST_PARTS])
        found = (frozenset(words(part)) for part in _PARTS.split(self.plain)[:MOST_PARTS])
        return tuple(clause for clause in found if clause)


@lru_cache(maxsize=16384)
def statement(plain: str) -> Statement:
    """Return the statement that a readable text makes."""
    return Statement(plain, tuple(words(plain, keep_stop_words=True)), tuple(words(plain)))


def joined(first: Statement, second: Statement) -> Statement:
    """Return two neighbouring statements as one."""
    return Statement(f"{first.plain} {second.plain}", first.tokens + second.tokens, first.ordered + second.ordered)


def spelled(text: str, stems: Iterable[str]) -> str:
    """Return the words of ``text`` that have these stems, in its order and as it writes them."""
    wanted = set(stems)
    found = [
        token
        for token in re.findall(r"[^\W_]+(?:['’-][^\W_]+)*", text)
        if wanted & set(words(token, keep_stop_words=True))
    ]
    return " ".join(dict.fromkeys(found))
