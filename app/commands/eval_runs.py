"""``tutor eval run``, ``compare``, ``report``, ``runs`` and ``baseline``."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from app.commands.batches import progress_bar
from app.commands.evaluating import chosen_split
from app.llm.model import Price
from app.tutor.judge import JudgeCache, ModelJudge
from app.tutor.tutor import open_tutor
from app.tutor.voice import open_voice
from evals.ablation import AXES, ablate
from evals.case import cases_dir
from evals.compare import Comparison, Outcome, Row, compare
from evals.context import Context
from evals.errors import EvalError
from evals.judges import CheckerJudge, Judge
from evals.metrics import METRICS
from evals.record import Run, read_run, read_summary, save_baseline
from evals.report_html import html_report
from evals.report_markdown import markdown_report
from evals.run_folder import runs_in
from evals.runner import Plan, run_evals
from evals.suites import SUITES
from ingest.settings import LibrarySettings

WORKERS_BEHIND_A_NETWORK = 4
CARD_SIZE, CARD_SIZE_OF_A_MODEL = 150, 30


def run_eval(
    suites: list[str],
    *,
    split: str,
    model: str,
    judge: str,
    baseline: str,
    sample: int | None,
    resume: bool,
    seed: int,
    cases: Path | None,
    note: str,
    judge_price: Price | None,
    card_data: tuple[Path, ...],
    labels: Path | None,
    failures: bool,
    as_json: bool,
) -> int:
    """Run suites, print their figures and, with a baseline, the comparison; return the exit code."""
    settings = LibrarySettings()
    before = find_run(baseline) if baseline else None
    context = Context(
        tutor=open_tutor(settings),
        judge=open_judge(judge, settings, judge_price),
        cases=cases or cases_dir(),
        settings=settings,
        voice=open_voice(model),
        split=chosen_split(split),
        seed=seed,
    )
    networked = context.voice is not None and not model.startswith(("local:", "scripted:"))
    plan = Plan(
        suites=tuple(suites) or SUITES,
        sample=sample,
        workers=WORKERS_BEHIND_A_NETWORK if networked else 1,
        resume=resume,
        note=note,
        card_data=card_data,
        card_size=CARD_SIZE if judge == "checker" else CARD_SIZE_OF_A_MODEL,
        labels=labels,
    )
    with Progress() as step:
        run = run_evals(context, plan, runs_folder(settings), step)
    comparison = compare(before, run, seed) if before else None
    if as_json:
        print(json.dumps({**run.summary, **({"comparison": comparison_json(comparison)} if comparison else {})}))
    else:
        print_run(run, failures)
        if comparison:
            print_comparison(comparison)
    return int(comparison.outcome) if comparison else 0


def compare_runs(baseline: str, candidate: str, as_json: bool) -> int:
    """Compare two runs; return 0 (pass), 1 (fail) or 2 (inconclusive)."""
    comparison = compare(find_run(baseline), find_run(candidate))
    if as_json:
        print(json.dumps(comparison_json(comparison)))
    else:
        print_comparison(comparison)
    return int(comparison.outcome)


def list_runs(as_json: bool) -> None:
    """Print the finished runs, the newest first."""
    found = [read_summary(folder) for folder in runs_in(runs_folder(LibrarySettings()))]
    if as_json:
        print(json.dumps(found))
        return
    table = Table("run", "model", "judge", "cases", "failing", "note")
    for summary in found:
        made_of = summary["fingerprint"]
        cases, failing = summary["tasks"], sum(summary["failing"].values())
        table.add_row(
            summary["id"],
            made_of["model"],
            made_of["judge"].split()[0],
            f"{cases}",
            f"{failing}",
            escape(summary["note"]),
        )
    Console().print(table)


def keep_baseline(run: str, target: Path) -> None:
    """Write a run to ``target`` in the small form that a comparison needs."""
    save_baseline(find_run(run), target)
    print(f"{target} holds the baseline; commit it, and compare with tutor eval run --baseline {target}.")


def write_report(run: str, baseline: str, out: Path | None, markdown: bool, frozen: bool) -> None:
    """Write a run as an HTML page or as Markdown; beside the run if no place is given."""
    found = find_run(run)
    comparison = compare(find_run(baseline), found) if baseline else None
    target = out or found.folder / ("report.md" if markdown else "report.html")
    text = markdown_report(found, comparison) if markdown else html_report(found, comparison, frozen=frozen)
    try:
        target.write_text(text, encoding="utf-8")
    except OSError as error:
        raise EvalError(f"{target} cannot be written ({error.strerror}); choose another file with --out.") from error
    print(target)


def run_ablations(axes: list[str], models: list[str], sample: int | None, split: str, as_json: bool) -> None:
    """Change one setting at a time and print the figures of each arm with the paired difference to the default."""
    settings = LibrarySettings()
    context = Context(open_tutor(settings), CheckerJudge(), cases_dir(), settings, split=chosen_split(split))
    plan = Plan(("answers", "refusals", "retrieval"), sample, card_size=0)
    chosen = axes or [axis for axis in AXES if axis != "models" or models]
    with progress_bar() as bar:
        task = bar.add_task("Ablating", total=None)
        rows = ablate(
            chosen, context, plan, runs_folder(settings) / "ablations", models, open_voice,
            lambda arm, done, total: bar.update(task, description=arm, completed=done, total=total),
        )  # fmt: skip
    if as_json:
        print(json.dumps({row.arm: {r.metric.name: _row_json(r) for r in row.rows} for row in rows}))
        return
    names = list(dict.fromkeys(r.metric.name for row in rows for r in row.rows))
    table = Table("setting", *(METRICS[name].title for name in names), title="value; difference to the default, 95 %")
    for row in rows:
        at = {r.metric.name: r for r in row.rows}
        table.add_row(row.arm, *(_cell(at[name], row.arm == "default") if name in at else "" for name in names))
    Console().print(table)


def _cell(row: Row, default: bool) -> str:
    if default:
        return f"{100 * row.candidate:.1f} %"
    d = row.difference
    return f"{100 * row.candidate:.1f} %\n{100 * d.value:+.1f} ({100 * d.low:+.1f} to {100 * d.high:+.1f})"


def find_run(name: str) -> Run:
    """Return the run that a folder, a run's id, ``last``, or the name of a shipped baseline says.

    Raises:
        EvalError: there is none.
    """
    folder = runs_folder(LibrarySettings())
    if name == "last":
        found = runs_in(folder)
        if not found:
            raise EvalError("There is no finished run yet; start one with tutor eval run.")
        return read_run(found[0])
    for place in (Path(name), folder / name, cases_dir().parent / "baselines" / name):
        if (place / "summary.json").exists():
            return read_run(place)
    raise EvalError(f"There is no run or baseline {name!r}; tutor eval runs lists the runs.")


def runs_folder(settings: LibrarySettings) -> Path:
    """Return where runs are kept."""
    return settings.home / "evals"


def open_judge(spec: str, settings: LibrarySettings, price: Price | None) -> Judge:
    """Return the embedded checker, or a chat model as judge with its cache below TUTOR_HOME."""
    if spec == "checker":
        return CheckerJudge()
    voice = open_voice(spec)
    if voice is None:
        raise EvalError("The built-in answers cannot judge; use checker or a chat model for --judge.")
    cache = JudgeCache(runs_folder(settings) / "judgements.sqlite")
    return ModelJudge(voice.model, voice.limits, cache, price or voice.price)


class Progress:
    """A bar on a terminal; elsewhere a line every ten seconds with rate and remaining time."""

    def __enter__(self) -> Callable[[int, int], None]:
        self._bar = progress_bar()
        self._bar.start()
        self._task = self._bar.add_task("Evaluating", total=None)
        self._began, self._first, self._said = time.monotonic(), -1, time.monotonic()
        return self._step

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def _step(self, done: int, total: int) -> None:
        if self._first < 0:
            self._first = done
        now = time.monotonic()
        rate = (done - self._first) / max(1e-6, now - self._began)
        self._bar.update(self._task, completed=done, total=total, description=f"Evaluating, {rate:.3g} a second")
        if not sys.stderr.isatty() and now - self._said >= 10 and rate:
            self._said = now
            left = (total - done) / rate
            print(f"{done} of {total}, {rate:.3g} a second, {left:.0f} s left", file=sys.stderr)


def print_run(run: Run, failures: bool) -> None:
    """Print the figures of a run, and if asked the failing cases that are not frozen."""
    table = Table("figure", "value", "95 % interval", "cases")
    for name, found in run.summary["figures"].items():
        low, high = 100 * found["low"], 100 * found["high"]
        table.add_row(
            METRICS[name].title, f"{100 * found['value']:.1f} %", f"{low:.1f} to {high:.1f}", f"{found['cases']}"
        )
    console = Console()
    console.print(table)
    timings = run.summary["timings"]
    console.print(
        f"CPU per answer p50 {timings['cpu_ms_p50']:.0f} ms, p95 {timings['cpu_ms_p95']:.0f} ms; first sentence p50"
        f" {timings['first_sentence_ms_p50']:.0f} ms, p95 {timings['first_sentence_ms_p95']:.0f} ms"
    )
    if run.summary["frozen_cases"]:
        console.print(
            f"{run.summary['frozen_cases']} frozen cases were asked: use these figures to report, not to tune."
        )
    if run.summary["frozen_changed"]:
        console.print(
            f"Frozen cases differ from the manifest: {', '.join(run.summary['frozen_changed'])}.", style="yellow"
        )
    for record in run.records if failures else ():
        if record.failed and record.split != "frozen":
            console.print(escape(f"{record.suite} {record.id}: {record.question}\n    {'; '.join(record.failed)}"))
    console.print(f"run {run.id} in {run.folder}", soft_wrap=True)


def print_comparison(comparison: Comparison) -> None:
    """Print what a comparison found, the reasons last."""
    table = Table("figure", "baseline", "candidate", "difference", "95 % interval", "margin", "outcome")
    for row in comparison.rows:
        d = row.difference
        table.add_row(
            row.metric.title,
            f"{100 * row.baseline:.1f} %",
            f"{100 * row.candidate:.1f} %",
            f"{100 * d.value:+.1f}",
            f"{100 * d.low:+.1f} to {100 * d.high:+.1f}",
            "" if row.metric.margin is None else f"{100 * row.metric.margin:.0f}",
            row.outcome.name.lower() if row.outcome is not None else "",
        )
    console = Console()
    console.print(table)
    console.print(
        f"{comparison.cases} common cases; {len(comparison.newly_failing)} fail that did not,"
        f" {len(comparison.newly_right)} no longer fail. Changed: {', '.join(comparison.changed_parts) or 'nothing'}."
    )
    for reason in comparison.reasons():
        console.print(escape(reason), soft_wrap=True)
    style = {Outcome.PASS: "green", Outcome.FAIL: "red", Outcome.INCONCLUSIVE: "yellow"}[comparison.outcome]
    console.print(comparison.outcome.name, style=f"bold {style}")


def comparison_json(comparison: Comparison) -> dict[str, Any]:
    """Return a comparison as plain data."""
    return {
        "baseline": comparison.baseline,
        "candidate": comparison.candidate,
        "outcome": comparison.outcome.name.lower(),
        "reasons": comparison.reasons(),
        "new_faults": [asdict(fault) for fault in comparison.new_faults],
        "newly_failing": comparison.newly_failing,
        "newly_right": comparison.newly_right,
        "cases": comparison.cases,
        "left_out": comparison.left_out,
        "changed_parts": comparison.changed_parts,
        "figures": {row.metric.name: _row_json(row) for row in comparison.rows},
    }


def _row_json(row: Row) -> dict[str, Any]:
    return {
        "baseline": row.baseline,
        "candidate": row.candidate,
        **asdict(row.difference),
        "margin": row.metric.margin,
        "outcome": row.outcome.name.lower() if row.outcome is not None else None,
        "more_cases": row.more_cases,
    }
