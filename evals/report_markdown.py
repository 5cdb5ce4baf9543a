"""A run, and its comparison with a baseline, as Markdown for a pull request."""

from __future__ import annotations

import re

from evals.compare import Comparison, Outcome
from evals.metrics import METRICS
from evals.record import Run

_MARKS = {Outcome.PASS: "✅", Outcome.FAIL: "❌", Outcome.INCONCLUSIVE: "❔"}
_LISTED = 15


def markdown_report(run: Run, comparison: Comparison | None = None) -> str:
    """Return the report; without a comparison it is the table of figures."""
    lines = [f"## Evaluation {run.id}", ""]
    if comparison is None:
        lines += ["| figure | value | 95 % interval | cases |", "|---|---|---|---|"]
        for name, found in run.summary["figures"].items():
            interval = f"{100 * found['low']:.1f} to {100 * found['high']:.1f}"
            lines.append(f"| {METRICS[name].title} | {100 * found['value']:.1f} % | {interval} | {found['cases']} |")
    else:
        lines += _compared(comparison)
    if run.summary["frozen_cases"]:
        lines += ["", f"{run.summary['frozen_cases']} frozen cases were asked."]
    if run.summary["frozen_changed"]:
        lines += ["", f"Frozen cases differ from the manifest: {', '.join(run.summary['frozen_changed'])}."]
    made_of = ", ".join(f"{name} `{value}`" for name, value in run.summary["fingerprint"].items())
    return "\n".join([*lines, "", f"<sub>{made_of}</sub>", ""])


def _compared(comparison: Comparison) -> list[str]:
    lines = [f"**{_MARKS[comparison.outcome]} {comparison.outcome.name}** against {comparison.baseline}", ""]
    lines += [f"- {_safe(reason)}" for reason in comparison.reasons()]
    lines += ["", "| figure | baseline | candidate | difference (95 % interval) | |", "|---|---|---|---|---|"]
    for row in comparison.rows:
        d = row.difference
        if not d.changed and row.outcome in (Outcome.PASS, None):
            continue
        mark = "" if row.outcome is None else _MARKS[row.outcome]
        interval = f"{100 * d.value:+.1f} ({100 * d.low:+.1f} to {100 * d.high:+.1f})"
        lines.append(
            f"| {row.metric.title} | {100 * row.baseline:.1f} % | {100 * row.candidate:.1f} % | {interval} | {mark} |"
        )
    same = sum(not row.difference.changed for row in comparison.rows)
    lines += ["", f"{comparison.cases} common cases; {same} of {len(comparison.rows)} figures did not change at all."]
    for title, ids in (("Fail now", comparison.newly_failing), ("No longer fail", comparison.newly_right)):
        if ids:
            more = f" and {len(ids) - _LISTED} more" if len(ids) > _LISTED else ""
            lines.append(f"{title}: {', '.join(ids[:_LISTED])}{more}.")
    return lines


def _safe(text: str) -> str:
    """Return a text that a model or a note may have written without anything that Markdown would act on."""
    return re.sub(r"([\\`*_{}\[\]<>#|!@])", r"\\\1", " ".join(text.split()))
