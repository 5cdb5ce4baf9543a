"""The verdict on a whole answer from those on its sentences."""

from __future__ import annotations

from collections.abc import Sequence

from app.tutor.ground import CheckedSpan, unsupported_score
from app.tutor.types import Verdict

UNSUPPORTED_FROM = 0.43
"""Score from which an answer is not supported: the best F1 on marked answers of which a quarter are marked (docs/checker.md)."""

CONTRADICTED_SHARE = 1 / 3
"""So large a share of contradicted sentences condemns an answer whatever its score."""

_WORST_FIRST = (Verdict.CONTRADICTED, Verdict.UNSUPPORTED, Verdict.SUPPORTED, Verdict.ABSTENTION)


def answer_verdict(checked: Sequence[CheckedSpan]) -> Verdict:
    """Return whether an answer is supported as a whole, at the balanced operating point.

    Sentences are judged strictly, so one of many is soon held back; that alone does not condemn the answer. It counts
    as its worst sentence does if its score says so, if no sentence is supported, or if a third are contradicted.
    """
    verdicts = [span.check.verdict for span in checked]
    claims = [v for v in verdicts if v not in (Verdict.NOT_CHECKABLE, Verdict.ABSTENTION)]
    worst = next((v for v in _WORST_FIRST if v in verdicts), Verdict.NOT_CHECKABLE)
    if Verdict.SUPPORTED not in claims:
        return worst
    contradicted = claims.count(Verdict.CONTRADICTED) >= CONTRADICTED_SHARE * len(claims)
    condemned = contradicted or unsupported_score(checked) >= UNSUPPORTED_FROM
    return worst if condemned else Verdict.SUPPORTED
