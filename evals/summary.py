"""Records to the figures of a run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from evals.metrics import METRICS
from evals.question_suites import with_group_scores
from evals.record import Record
from evals.statistics import Estimate, Observations, estimate, kappa, quantile

SUPPORTED = "supported"


def figures(records: Sequence[Record], seed: int) -> dict[str, Estimate]:
    """Return every figure that at least one case says something about, in the order of `METRICS`."""
    grouped = with_group_scores(records)
    found = {}
    for name in METRICS:
        result = estimate(observations(grouped, name), seed)
        if result.cases:
            found[name] = result
    return found


def observations(records: Sequence[Record], name: str) -> Observations:
    """Return one figure of ``records`` as sums per case."""
    scored = [record for record in records if name in record.scores]
    return Observations.of([r.scores[name] for r in scored], [r.cluster for r in scored])


def summary_of(records: Sequence[Record], seed: int) -> dict[str, Any]:
    """Return counts, figures and agreement of the judges (the same for the same seed), and timings (which vary)."""
    judged = [s for record in records for s in record.judged if s.checker]
    asked = [record for record in records if record.total_ms]
    return {
        "suites": dict(Counter(record.suite for record in records)),
        "failing": dict(Counter(record.suite for record in records if record.failed)),
        "frozen_cases": sum(record.split == "frozen" for record in records),
        "figures": {name: asdict(value) for name, value in figures(records, seed).items()},
        "kappa": kappa([(s.verdict == SUPPORTED, s.checker == SUPPORTED) for s in judged]),
        "judged_sentences": len(judged),
        "tokens": sum(record.tokens for record in records),
        "cost_usd": round(sum(record.cost_usd for record in records), 6),
        "timings": {
            "cpu_ms_p50": round(quantile([r.cpu_ms for r in asked], 0.5), 1),
            "cpu_ms_p95": round(quantile([r.cpu_ms for r in asked], 0.95), 1),
            "total_ms_p50": round(quantile([r.total_ms for r in asked], 0.5), 1),
            "total_ms_p95": round(quantile([r.total_ms for r in asked], 0.95), 1),
            "first_sentence_ms_p50": round(quantile(_firsts(asked), 0.5), 1),
            "first_sentence_ms_p95": round(quantile(_firsts(asked), 0.95), 1),
        },
    }


def _firsts(records: Sequence[Record]) -> list[float]:
    return [record.first_sentence_ms for record in records if record.first_sentence_ms is not None]
