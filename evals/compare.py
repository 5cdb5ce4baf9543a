"""Candidate against baseline: better, worse, or not enough data; and what exactly is worse.

Each figure is compared on the same cases (same id, same text). Non-inferiority (Piaggio et al. 2012, CONSORT extension): the loss
must be below the figure's margin with 95 % confidence.

- pass: the interval of the difference lies above minus the margin;
- fail: it does not, it lies below zero, and the loss is at least the margin; or any case has a hard fault that it had not;
- inconclusive: neither; it says about how many more cases would decide.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from math import ceil

from evals.errors import EvalError
from evals.metrics import METRICS, NEVER_MORE, Metric
from evals.new_faults import NewFault, new_faults
from evals.question_suites import with_group_scores
from evals.record import Record, Run
from evals.statistics import RULE_OF_THREE, Difference, Observations, difference


class Outcome(IntEnum):
    """The value is the exit code."""

    PASS = 0
    FAIL = 1
    INCONCLUSIVE = 2


@dataclass(frozen=True)
class Row:
    """One figure compared; ``more_cases`` is how many more would decide, where it is inconclusive."""

    metric: Metric
    baseline: float
    candidate: float
    difference: Difference
    outcome: Outcome | None
    more_cases: int = 0


@dataclass(frozen=True)
class Comparison:
    """All figures of two runs on their common cases; ``left_out`` cases are only in one run or were reworded;
    ``lost`` ones can no longer be asked because their notes are gone.
    """

    baseline: str
    candidate: str
    rows: tuple[Row, ...]
    new_faults: tuple[NewFault, ...]
    newly_failing: tuple[str, ...]
    newly_right: tuple[str, ...]
    cases: int
    left_out: int
    changed_parts: tuple[str, ...]
    lost: tuple[str, ...] = ()

    @property
    def outcome(self) -> Outcome:
        gated = [row.outcome for row in self.rows if row.outcome is not None]
        if self.new_faults or self.lost or Outcome.FAIL in gated:
            return Outcome.FAIL
        return Outcome.INCONCLUSIVE if Outcome.INCONCLUSIVE in gated else Outcome.PASS

    def reasons(self) -> list[str]:
        """Return a sentence for each thing that keeps the outcome from being a pass."""
        said = [f"New hard fault in {fault.case}: {fault.what}" for fault in self.new_faults]
        if self.lost:
            ids = ", ".join(self.lost[:5])
            said.append(f"{len(self.lost)} cases can no longer be asked, their notes are gone: {ids}.")
        for row in self.rows:
            if row.outcome is Outcome.FAIL:
                said.append(f"{row.metric.title}: {words_of(row)}, worse beyond chance and by the margin or more.")
        if said:
            return said
        for row in self.rows:
            if row.outcome is Outcome.INCONCLUSIVE:
                more = f"about {row.more_cases} more cases would decide" if row.more_cases else "more cases are needed"
                said.append(f"{row.metric.title}: {words_of(row)}; {more}.")
        return said


def words_of(row: Row) -> str:
    """Return a compared figure in words."""
    d = row.difference
    margin = "" if row.metric.margin is None else f", margin {100 * row.metric.margin:.0f}"
    return (
        f"{_percent(row.baseline)} → {_percent(row.candidate)}"
        f" (difference {100 * d.value:+.1f} points, 95 % interval {100 * d.low:+.1f} to {100 * d.high:+.1f}{margin})"
    )


def compare(baseline: Run, candidate: Run, seed: int = 1, margins: dict[str, float] | None = None) -> Comparison:
    """Return the comparison of two runs; ``margins`` replace those of `METRICS` by name.

    Raises:
        EvalError: they have no case in common.
    """
    before = {(r.suite, r.id, r.case): r for r in baseline.records}
    after = {(r.suite, r.id, r.case): r for r in candidate.records}
    common = [key for key in after if key in before]
    if not common:
        raise EvalError(f"{baseline.id} and {candidate.id} have no case in common; run the same suites.")
    old = with_group_scores([before[key] for key in common])
    new = with_group_scores([after[key] for key in common])
    all_cases = baseline.summary.get("sample") is None and candidate.summary.get("sample") is None
    rows = [row for m in METRICS.values() if (row := _row(m, old, new, seed, margins, all_cases)) is not None]
    return Comparison(
        baseline=baseline.id,
        candidate=candidate.id,
        rows=tuple(rows),
        new_faults=tuple(new_faults(old, new)),
        newly_failing=tuple(n.id for o, n in zip(old, new, strict=True) if n.failed and not o.failed),
        newly_right=tuple(n.id for o, n in zip(old, new, strict=True) if o.failed and not n.failed),
        cases=len(common),
        left_out=len(before) + len(after) - 2 * len(common),
        changed_parts=tuple(_changed_parts(baseline, candidate)),
        lost=tuple(sorted(set(candidate.summary.get("waiting", ())) - set(baseline.summary.get("waiting", ())))),
    )


def decide(found: Difference, metric: Metric, margin: float, all_cases: bool = True) -> tuple[Outcome, int]:
    """Return the outcome for one figure, and how many more cases would decide it (0 where it is decided).

    Where nothing changed in ``all_cases`` there are, there is nothing to be uncertain about; in a sample of them the rule of three bounds
    what the others may hold. The number of cases follows from the width of an interval falling with its square root.
    """
    sign = 1 if metric.better == "high" else -1
    gain = sign * found.value
    low, high = sorted((sign * found.low, sign * found.high))
    if low > -margin or (not found.changed and all_cases):
        return Outcome.PASS, 0
    if high < 0 and gain <= -margin:
        return Outcome.FAIL, 0
    if not found.changed:
        return Outcome.INCONCLUSIVE, max(1, ceil(RULE_OF_THREE / margin) - found.cases) if margin else 0
    room = gain + margin if gain > -margin else gain
    needed = found.cases * ((gain - low) / room) ** 2 if room else 0
    return Outcome.INCONCLUSIVE, max(0, ceil(needed) - found.cases)


def _row(
    metric: Metric,
    old: Sequence[Record],
    new: Sequence[Record],
    seed: int,
    margins: dict[str, float] | None,
    all_cases: bool,
) -> Row | None:
    pairs = [(o, n) for o, n in zip(old, new, strict=True) if metric.name in o.scores or metric.name in n.scores]
    if not pairs:
        return None
    nothing = (0.0, 0.0)
    clusters = [n.cluster for _, n in pairs]
    before = Observations.of([o.scores.get(metric.name, nothing) for o, _ in pairs], clusters)
    after = Observations.of([n.scores.get(metric.name, nothing) for _, n in pairs], clusters)
    found = difference(before, after, seed)
    margin = _margin(metric, margins)
    if not found.cases or margin is None:
        return Row(metric, before.ratio, after.ratio, found, None) if found.cases else None
    if metric.name in NEVER_MORE or not margin:
        worse = found.value < 0 if metric.better == "high" else found.value > 0
        return Row(metric, before.ratio, after.ratio, found, Outcome.FAIL if worse else Outcome.PASS)
    outcome, more = decide(found, metric, margin, all_cases)
    return Row(metric, before.ratio, after.ratio, found, outcome, more)


def _margin(metric: Metric, margins: dict[str, float] | None) -> float | None:
    return (margins or {}).get(metric.name, metric.margin)


def _changed_parts(baseline: Run, candidate: Run) -> Iterable[str]:
    old, new = baseline.summary.get("fingerprint", {}), candidate.summary.get("fingerprint", {})
    return (name for name in new if old.get(name) != new[name])


def _percent(value: float) -> str:
    return f"{100 * value:.1f} %"
