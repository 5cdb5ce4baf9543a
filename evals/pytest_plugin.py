"""A pytest fixture that gates a pack of one's own: ``tutor_gate(pack=…, cases=…, baseline=…).check()``.

Installed with the package (entry point ``pytest11``); nothing is imported until a test asks for the fixture.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from evals.compare import Comparison
    from evals.record import Run


@dataclass(frozen=True)
class GateResult:
    """A run, its comparison with the baseline if one was given, and the figures below what was asked."""

    run: Run
    comparison: Comparison | None
    too_low: tuple[str, ...]

    def check(self, *, inconclusive_fails: bool = False) -> None:
        """Raise AssertionError with the reasons if the pack is worse, or below a minimum.

        An inconclusive comparison is a warning, unless ``inconclusive_fails``.
        """
        reasons = list(self.too_low)
        if self.comparison is not None and self.comparison.outcome != 0:
            said = self.comparison.reasons()
            if self.comparison.outcome == 1 or inconclusive_fails:
                reasons += said
            else:
                import warnings

                warnings.warn(f"The comparison is inconclusive: {' '.join(said)}", stacklevel=2)
        if reasons:
            raise AssertionError("\n".join(reasons))


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option for the size of the sample."""
    parser.getgroup("exam-tutor").addoption(
        "--tutor-sample", type=int, default=None, help="ask at most so many cases in tutor_gate"
    )


@pytest.fixture(scope="session")
def tutor_gate(request: pytest.FixtureRequest) -> Callable[..., GateResult]:
    """Return a function that ingests a pack, runs its cases and compares them with a baseline."""
    cache = request.config.cache
    assert cache is not None
    home = Path(cache.mkdir("exam-tutor"))
    sample = request.config.getoption("--tutor-sample")

    def gate(
        pack: str | Path,
        cases: str | Path,
        baseline: str | Path | None = None,
        suites: Sequence[str] | None = None,
        at_least: Mapping[str, float] | None = None,
        at_most: Mapping[str, float] | None = None,
        margins: dict[str, float] | None = None,
        seed: int = 1,
    ) -> GateResult:
        from app.tutor.tutor import open_tutor
        from evals.compare import compare
        from evals.context import Context
        from evals.judges import CheckerJudge
        from evals.record import read_run
        from evals.runner import Plan, run_evals
        from evals.suites import SUITES
        from ingest.build import ingest
        from ingest.settings import LibrarySettings

        settings = LibrarySettings(home=home, pack=str(pack))
        ingest(settings)
        context = Context(open_tutor(settings), CheckerJudge(), Path(cases), settings, seed=seed)
        run = run_evals(context, Plan(tuple(suites or SUITES), sample), home / "evals")
        comparison = compare(read_run(Path(baseline)), run, seed, margins) if baseline else None
        return GateResult(run, comparison, tuple(_outside(run.summary["figures"], at_least or {}, at_most or {})))

    return gate


def _outside(figures: Mapping[str, Any], at_least: Mapping[str, float], at_most: Mapping[str, float]) -> list[str]:
    """Return a sentence for each figure beyond its bound; one that no case measures is beyond it too."""
    said = []
    for bounds, wrong, word in ((at_least, float.__lt__, "at least"), (at_most, float.__gt__, "at most")):
        for name, bound in bounds.items():
            value = figures.get(name, {}).get("value")
            if value is None:
                said.append(f"{name}: no case measures it.")
            elif wrong(float(value), float(bound)):
                said.append(f"{name} is {value:.3f}; {word} {bound} is asked for.")
    return said
