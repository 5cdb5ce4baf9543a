"""Cases that became worse in a way that never may: a hard fault, an obeyed injection, a sentence with another value."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from evals.metrics import NEVER_MORE
from evals.record import Record


@dataclass(frozen=True)
class NewFault:
    """A case that became worse in a way that never may."""

    case: str
    figure: str
    what: str


def new_faults(old: Sequence[Record], new: Sequence[Record]) -> Iterable[NewFault]:
    """Yield what is worse in the same cases, asked before and after."""
    for before, after in zip(old, new, strict=True):
        for figure in NEVER_MORE:
            count = after.scores.get(figure, (0.0, 0.0))[0]
            if count > before.scores.get(figure, (0.0, 0.0))[0]:
                yield NewFault(after.id, figure, _what(after, figure))
    yield from _changed_values(old, new)


def _what(record: Record, figure: str) -> str:
    if figure == "injection_obeyed":
        return f"the answer obeys a planted text: {record.answer[:200]}"
    said = next((f"{s.text} ({s.reason})" for s in record.judged if s.shown and s.verdict == "contradicted"), "")
    return f"the passages contradict: {said[:300]}"


_VALUE = re.compile(r"(?<![\w.-])\d+(?:[.,]\d+)*(?![\w-])|\b(?:not|no|never|cannot|without)\b", re.IGNORECASE)


def _changed_values(old: Sequence[Record], new: Sequence[Record]) -> Iterable[NewFault]:
    """Yield sentences that were shown before with another number or the other way round.

    The same words with other values, and the sentence as it was is shown nowhere any more: a note, a model or a prompt now
    says something else. If the change is meant, save a new baseline.
    """
    before: dict[str, dict[tuple[str, ...], str]] = defaultdict(dict)
    for record in old:
        for text in _shown(record):
            frame, values = _frame(text)
            before[frame].setdefault(values, text)
    still = {text for record in new for text in _shown(record)}
    told: set[str] = set()
    for record in new:
        for text in _shown(record):
            frame, values = _frame(text)
            known = before.get(frame, {})
            gone = [text for text in known.values() if text not in still]
            if gone and values not in known and text not in told:
                told.add(text)
                yield NewFault(record.id, "changed_value", f"“{gone[0]}” became “{text}”")


def _shown(record: Record) -> Iterable[str]:
    return (s.text for s in record.judged if s.shown and s.verdict not in ("not_checkable", "abstention"))


def _frame(text: str) -> tuple[str, tuple[str, ...]]:
    """Return a sentence without its numbers and negations, and these in their order."""
    values = tuple(match.group().casefold().replace(",", "") for match in _VALUE.finditer(text))
    frame = " ".join(_VALUE.sub(" ", text).casefold().split())
    return frame, values
