"""How well search finds the right note: each signal alone, fused, and with documents varied, on the answerable cases."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from app.tutor.retrieve import Retriever, Weights
from app.tutor.tutor import Tutor
from evals.answers import with_notes
from evals.case import Answerable, Split, cases_dir, read_cases
from evals.suites import note_ids

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
    tutor: Tutor, split: Split | None, progress: Callable[[int, int], None] = lambda done, total: None
) -> list[RetrievalRow]:
    """Return a row per mode."""
    cases = with_notes(read_cases(Answerable, cases_dir() / "answerable.jsonl", split), note_ids(tutor))
    rows: list[RetrievalRow] = []
    for name, weights in _MODES:
        retriever = Retriever(tutor.material, tutor.topics, weights)
        ranks = []
        for case in cases:
            ranks.append(_rank(retriever, case))
            progress(len(rows) * len(cases) + len(ranks), len(_MODES) * len(cases))
        rows.append(_row(name, ranks))
    return rows


def _rank(retriever: Retriever, case: Answerable) -> int | None:
    """Return the rank, from 1, of the first passage of a right note among ten."""
    for rank, passage in enumerate(retriever.retrieve(case.question, 10).passages, 1):
        if passage.path.rsplit("/", 1)[-1].removesuffix(".md") in case.notes:
            return rank
    return None


def _row(mode: str, ranks: Sequence[int | None]) -> RetrievalRow:
    n = max(1, len(ranks))
    return RetrievalRow(
        mode,
        sum(rank == 1 for rank in ranks) / n,
        sum(rank is not None and rank <= 5 for rank in ranks) / n,
        sum(1 / rank for rank in ranks if rank is not None) / n,
    )
