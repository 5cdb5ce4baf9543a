"""``tutor check``: answers against the passages given with them."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from app.commands.batches import BatchError, run_batch, text_of
from app.tutor.answer_verdict import answer_verdict
from app.tutor.ground import SecondJudge, check_answer, unsupported_score
from app.tutor.source import Source


def check_batch(source: Path, target: Path | None, judge: str | None = None) -> None:
    """Check ``{id, answer, passages}`` lines; a passage is a text or ``{id, text}``.

    ``judge`` names a chat model that is asked where the checker is in doubt; without it TUTOR_JUDGE does.
    """
    from app.tutor.judge import open_judge

    run_batch(source, target, partial(check_line, second=open_judge(judge)), "Checking")


def check_line(data: dict[str, Any], second: SecondJudge | None = None) -> dict[str, Any]:
    """Return ``{answer, verdict, score, sentences}``; score in [0, 1] is how likely something is unsupported.

    The verdict on the answer is the balanced one (`answer_verdict`), those on the sentences are strict.

    ``said`` and ``given`` are the words that stand against each other, in the sentence and in the passage.
    """
    answer = text_of(data, "answer")
    checked = check_answer(answer, _sources(data.get("passages")), second=second)
    return {
        "answer": answer,
        "verdict": answer_verdict(checked).value,
        "score": unsupported_score(checked),
        "sentences": [
            {
                "text": span.text, "start": span.start, "end": span.end, "verdict": span.check.verdict.value,
                "support": span.check.support, "reason": span.check.reason,
                "evidence": asdict(span.check.evidence) if span.check.evidence else None, "fault": span.check.fault or None,
                "said": asdict(span.check.said) if span.check.said else None,
                "given": asdict(span.check.given) if span.check.given else None,
            }
            for span in checked
        ],
    }  # fmt: skip


def _sources(passages: Any) -> list[Source]:
    if not isinstance(passages, list):
        raise BatchError("the field 'passages' must be a list of texts or {id, text}")
    found = []
    for number, passage in enumerate(passages, 1):
        if isinstance(passage, str):
            found.append(Source(str(number), passage))
        elif isinstance(passage, dict):
            found.append(Source(str(passage.get("id", number)), text_of(passage, "text")))
        else:
            raise BatchError("the field 'passages' must be a list of texts or {id, text}")
    return found
