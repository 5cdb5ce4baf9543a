"""Questions that take something wrong for granted ("Why does Random Cut Forest need labels?")."""

from __future__ import annotations

import re

from app.tutor.ground import Ground
from app.tutor.polarity import negations
from app.tutor.question import Question
from app.tutor.source import Source
from app.tutor.types import Verdict
from ingest.words import words

_ASKING = re.compile(
    r"^(?:and |but |so )*(?:why|how|when|where|what|which|since|because|given that|if)\b|\b(?:do|does|did|is|are|can|should|will|would)\b",
    re.IGNORECASE,
)
_ASKS_FOR_MORE = re.compile(r"\b(?:why|how|when|where|what|which|who|whom|whose)\b", re.IGNORECASE)
_DENIED = re.compile(r"\b(?:not|no|never|without|cannot)\s+((?:[\w-]+\s*){1,2})", re.IGNORECASE)
CORRECTION = "The material says otherwise than the question takes for granted."


def correction(question: Question, lead: str) -> str | None:
    """Return a sentence of warning if the first sentence of the answer contradicts the question, else None.

    A yes-or-no question takes nothing for granted, also a short one ("open for new customers?"), and a comparison
    names opposites on purpose.
    """
    if question.kind not in ("why", "how", "number", "other") or _leaves_open(question.standalone):
        return None
    claim = _ASKING.sub(" ", question.standalone, count=2).strip(" ?.!")
    if len(claim.split()) < 3:
        return None
    check = Ground([Source("lead", lead)], reader=None).check(f"{claim}.")
    if check.verdict is not Verdict.CONTRADICTED:
        return None
    return CORRECTION if negations(claim) or not _other_negation(claim, lead) else None


def _leaves_open(text: str) -> bool:
    """Return whether ``text`` ends in a question that can be answered by yes or no."""
    last = re.split(r"[.!;:,]\s+|\s[-–—]\s", text.strip())[-1]
    return last.endswith("?") and not _ASKS_FOR_MORE.search(last)


def _other_negation(claim: str, lead: str) -> bool:
    """Return whether the first sentence denies something else than what the question claims."""
    denied = {stem for match in _DENIED.finditer(lead) for stem in words(match.group(1))}
    return bool(denied) and not denied & set(words(claim))
