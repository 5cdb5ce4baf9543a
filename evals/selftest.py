"""The gate's self-test: ``python -m evals.selftest``. Planted regressions must fail for the right reason, harmless changes pass."""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from corpus.errors import TutorError
from evals.compare import Comparison, Outcome, compare
from evals.fingerprint import code_hash
from evals.record import Run
from evals.runner import Plan, run_evals
from evals.selftest_bench import Bench, Change, applied
from evals.selftest_harmless import HARMLESS
from evals.selftest_model import reading_voice
from evals.selftest_regressions import REGRESSIONS
from evals.suites import SUITES
from evals.task import SHIPPED_SAMPLE
from ingest.settings import LibrarySettings

_MODEL_SUITES = ("answers", "refusals", "injection")
_NEEDED = {"regressions": 0.9, "harmless": 0.95}


@dataclass(frozen=True)
class Trial:
    """A change, what the gate said, and whether that is right."""

    change: Change
    outcome: Outcome
    reasons: tuple[str, ...]
    seconds: float

    @property
    def right(self) -> bool:
        if not self.change.reasons:
            return self.outcome is Outcome.PASS
        named = any(re.search(p, reason, re.IGNORECASE) for p in self.change.reasons for reason in self.reasons)
        return self.outcome is Outcome.FAIL and named


class SelfTest:
    """Runs changes against the baselines of one library."""

    def __init__(self, bench: Bench, sample: int | None = SHIPPED_SAMPLE, suites: tuple[str, ...] = SUITES) -> None:
        self._bench = bench
        self._plans = {
            "built-in": Plan(suites, sample, card_size=0),
            "model": Plan(_MODEL_SUITES, None if sample is None else sample // 2, card_size=0),
        }
        self._baselines: dict[str, Run] = {}

    def baseline(self, name: str) -> Run:
        """Return the run without any change."""
        if name not in self._baselines:
            context = self._bench.context(voice=reading_voice() if name == "model" else None)
            self._baselines[name] = run_evals(context, self._plans[name], self._bench.folder / "runs")
        return self._baselines[name]

    def try_change(self, change: Change) -> Trial:
        """Return what the gate says of a change."""
        began = time.monotonic()
        before = self.baseline(change.base)
        with applied(change, self._bench) as context:
            after = run_evals(context, self._plans[change.base], self._bench.folder / "runs")
        comparison: Comparison = compare(before, after)
        return Trial(change, comparison.outcome, tuple(comparison.reasons()), time.monotonic() - began)


@dataclass
class Book:
    """What was tried already with this code, one JSON line a trial; nothing is kept without a file."""

    path: Path | None
    code: str = field(default_factory=code_hash)

    def known(self) -> dict[str, dict[str, Any]]:
        """Return the trials of this code by the name of their change."""
        lines = self.path.read_text(encoding="utf-8").splitlines() if self.path and self.path.exists() else []
        rows = [json.loads(line) for line in lines]
        return {row["name"]: row for row in rows if row["code"] == self.code}

    def add(self, trial: Trial) -> dict[str, Any]:
        """Return a trial as a row, written down."""
        row = {
            "code": self.code, "name": trial.change.name, "right": trial.right, "outcome": trial.outcome.name.lower(),
            "reason": trial.reasons[0][:230] if trial.reasons else "", "seconds": round(trial.seconds),
        }  # fmt: skip
        if self.path is not None:
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
        return row


def main(arguments: Sequence[str]) -> int:
    """Print a line a change and the two counts; return 0 if both are high enough."""
    parser = argparse.ArgumentParser(prog="python -m evals.selftest", description="Does the gate catch what it must?")
    parser.add_argument("--sample", type=int, default=SHIPPED_SAMPLE, help="cases a run")
    parser.add_argument("--only", default="", help="only changes whose name holds this")
    parser.add_argument("--book", type=Path, help="write results here; what it holds of this code is not tried again")
    parser.add_argument("--seconds", type=float, default=1e9, help="begin no change after this time")
    options = parser.parse_args(arguments)
    good, end, book = True, time.monotonic() + options.seconds, Book(options.book)
    try:
        with tempfile.TemporaryDirectory(prefix="tutor-selftest-") as folder:
            test = SelfTest(Bench(LibrarySettings(), Path(folder)), options.sample)
            for kind, changes in (("regressions", REGRESSIONS), ("harmless", HARMLESS)):
                good &= _trials(test, kind, [change for change in changes if options.only in change.name], book, end)
    except TutorError as error:
        print(error, file=sys.stderr)
        return 1
    return 0 if good else 1


def _trials(test: SelfTest, kind: str, changes: Sequence[Change], book: Book, end: float) -> bool:
    rows, known = [], book.known()
    for change in changes:
        row = known.get(change.name)
        if row is None:
            if time.monotonic() > end:
                continue
            row = book.add(test.try_change(change))
        rows.append(row)
        mark = "ok" if row["right"] else "WRONG"
        print(f"{mark:5} {row['outcome']:12} {row['name']} ({row['seconds']} s) {row['reason']}", flush=True)
    right = sum(row["right"] for row in rows)
    if changes:
        left = f", {len(changes) - len(rows)} not tried yet" if len(rows) < len(changes) else ""
        print(f"{kind}: {right} of {len(rows)} as they should be{left}", flush=True)
    return bool(right >= _NEEDED[kind] * len(changes))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
