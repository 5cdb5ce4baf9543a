"""How well search finds the right note: each signal alone, fused, and with documents varied, on the answerable cases."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from app.tutor.retrieve import Retriever, Weights
from evals.answer_scores import note_of
from evals.case import Answerable
from evals.context import Context, cases_here
from evals.metrics import recall_at, reciprocal_rank

_PLAIN = Weights(repeat=0.0)
_MODES: tuple[tuple[str, Weights], ...] = (
    ("dense only", replace(_PLAIN, mode="dense")),
    ("words only", replace(_PLAIN, mode="words")),
    ("passages and words", replace(_PLAIN, dense=0.5, sentences=0.0)),
    ("sentences and words", replace(_PLAIN, dense=0.0, sentences=0.5)),
    ("passages, sentences, words", _PLAIN),
    ("the same, documents varied", Weights()),
    ("the same, topics unnamed", Weights(topic=0.0)),
    ("varied, words 0.3", Weights(dense=0.35, sentences=0.35)),
    ("varied, words 0.7", Weights(dense=0.15, sentences=0.15)),
)


@dataclass(frozen=True)
class RetrievalRow:
    """Figures of one mode, each in [0, 1]: a hit is a passage of a note that the case names."""

    mode: str
    recall_1: float
    recall_5: float
    mrr_10: float


def compare_modes(
    context: Context, progress: Callable[[int, int], None] = lambda done, total: None
) -> list[RetrievalRow]:
    """Return a row per mode."""
    cases = cases_here(Answerable, "answerable", context)
    rows: list[RetrievalRow] = []
    for name, weights in _MODES:
        retriever = Retriever(context.tutor.material, context.tutor.topics, weights)
        ranked: list[list[bool]] = []
        for case in cases:
            passages = retriever.retrieve(case.question, 10).passages
            ranked.append([note_of(passage.path) in case.notes for passage in passages])
            progress(len(rows) * len(cases) + len(ranked), len(_MODES) * len(cases))
        rows.append(_row(name, ranked))
    return rows


def _row(mode: str, ranked: Sequence[Sequence[bool]]) -> RetrievalRow:
    n = max(1, len(ranked))
    return RetrievalRow(
        mode,
        sum(recall_at(relevant, 1) for relevant in ranked) / n,
        sum(recall_at(relevant, 5) for relevant in ranked) / n,
        sum(reciprocal_rank(relevant, 10) for relevant in ranked) / n,
    )
