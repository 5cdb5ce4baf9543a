"""What a sentence denies and a passage says in the same words without denying it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from app.tutor.polarity import Denial, denials
from app.tutor.statement import Statement
from ingest.words import words

_COMPARISON = re.compile(r"\bthan\b", re.IGNORECASE)
_FULL = ((r"\bcannot\b|\bcan't\b", "can not"), (r"\bwon't\b", "will not"), (r"n't\b", " not"))
_NEGATING = re.compile(r"\b(?:not|no|never)\b", re.IGNORECASE)
_DO = frozenset(words("do does did", keep_stop_words=True))


def single_denial(plain: str) -> Denial | None:
    """Return the one thing a sentence denies outright; None if there is none, or two that may undo each other.

    "Without" and comparisons ("no finer than") say in other words what a passage may say without a negation.
    """
    found = denials(plain)
    if len(found) != 1 or found[0].said.casefold() == "without" or _COMPARISON.search(plain):
        return None
    return found[0]


def affirmed(sentence: Statement, passages: Sequence[Statement]) -> int | None:
    """Return the number of a passage sentence that has the words on both sides of a "not" next to each other.

    It must have two words of one side and one of the other in a row ("it can never | be undone" for "it can be undone"), and
    deny nothing itself. None if there is no such sentence.
    """
    runs = _runs(sentence.plain) if len(denials(sentence.plain)) == 1 else ()
    if not runs:
        return None
    for at, known in enumerate(passages):
        tokens = f" {' '.join(known.tokens)} "
        if any(run in tokens for run in runs) and not denials(known.plain):
            return at
    return None


@lru_cache(maxsize=4096)
def _runs(plain: str) -> tuple[str, ...]:
    """Return the runs of three stems that the sentence would have around its "not" if that were not there."""
    text = plain.replace("’", "'")
    for pattern, full in _FULL:
        text = re.sub(pattern, full, text, flags=re.IGNORECASE)
    match = _NEGATING.search(text)
    if match is None:
        return ()
    before = words(text[: match.start()], keep_stop_words=True)
    after = words(text[match.end() :], keep_stop_words=True)
    if before and before[-1] in _DO:
        before.pop()
    found = []
    if len(before) >= 2 and after:
        found.append(f" {before[-2]} {before[-1]} {after[0]} ")
    if before and len(after) >= 2:
        found.append(f" {before[-1]} {after[0]} {after[1]} ")
    return tuple(found)
