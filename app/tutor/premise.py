"""Questions that take something wrong for granted ("Why does Random Cut Forest need labels?")."""

from __future__ import annotations

import re

from app.tutor.ground import Ground, Source
from app.tutor.question import Question
from app.tutor.types import Verdict

_ASKING = re.compile(
    r"^(?:and |but |so )*(?:why|how|when|where|what|which|since|because|given that|if)\b|\b(?:do|does|did|is|are|can|should|will|would)\b",
    re.IGNORECASE,
)
CORRECTION = "The material says otherwise than the question takes for granted."


def correction(question: Question, lead: str) -> str | None:
    """Return a sentence of warning if the first sentence of the answer contradicts the question, else None.

    A yes-or-no question takes nothing for granted, and a comparison names opposites on purpose.
    """
    if question.kind not in ("why", "how", "number", "other", "define"):
        return None
    claim = _ASKING.sub(" ", question.standalone, count=2).strip(" ?.!")
    if len(claim.split()) < 3:
        return None
    check = Ground([Source("lead", lead)]).check(f"{claim}.")
    return CORRECTION if check.verdict is Verdict.CONTRADICTED else None
