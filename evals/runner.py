"""A run: tasks to records, one line each as they come, so that a killed run goes on where it stopped."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from corpus.errors import TutorError
from evals.context import Context, waiting
from evals.errors import EvalError
from evals.fingerprint import fingerprint
from evals.human import corrected_by
from evals.judge_card import judge_card
from evals.manifest import changed_frozen
from evals.record import (
    PASSAGES,
    PLAN,
    RESULTS,
    SUMMARY,
    Record,
    Run,
    read_partial,
    read_run,
    record_to_json,
)
from evals.run_folder import PassageFile, new_folder, unfinished
from evals.suites import SUITES, tasks_of
from evals.summary import summary_of
from evals.task import Task, sampled

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Plan:
    """What to run; ``sample`` None means all cases, ``workers`` are threads (for models behind a network).

    The judge's card is made of ``card_size`` sentences and the labelled files ``card_data``; ``labels`` are human verdicts on
    sentences of this run (see `evals.human`).
    """

    suites: tuple[str, ...] = SUITES
    sample: int | None = None
    workers: int = 1
    resume: bool = False
    note: str = ""
    card_data: tuple[Path, ...] = ()
    card_size: int = 150
    labels: Path | None = None


def run_evals(
    context: Context,
    plan: Plan,
    folder: Path,
    progress: Progress = lambda done, total: None,
    now: datetime | None = None,
) -> Run:
    """Evaluate the suites of ``plan`` and return the run, whose files are in a folder of its own below ``folder``.

    Raises:
        EvalError: there is no such suite, no case to run, or nothing to resume.
        TutorError: a case file or the library cannot be used.
    """
    tasks = planned(context, plan)
    settled = {
        "fingerprint": fingerprint(context),
        "suites": list(plan.suites),
        "sample": plan.sample,
        "split": context.split or "all",
        "tasks": len(tasks),
    }
    target = unfinished(folder, settled) if plan.resume else None
    if target is None:
        if plan.resume:
            raise EvalError("There is no unfinished run of these suites, models and files; leave --resume away.")
        target = new_folder(folder, settled, now or datetime.now(UTC))
    records = _evaluate(context, tasks, target, plan.workers, progress)
    _write_summary(context, plan, target, settled, records)
    return read_run(target)


def planned(context: Context, plan: Plan) -> list[Task]:
    """Return the tasks of a plan, in order."""
    unknown = [suite for suite in plan.suites if suite not in SUITES]
    if unknown:
        raise EvalError(f"There is no suite {unknown[0]!r}; choose from {', '.join(SUITES)}.")
    suites = {suite: tasks_of(suite, context) for suite in plan.suites}
    if plan.sample is not None:
        suites = sampled(suites, plan.sample, context.seed)
    tasks = [task for chosen in suites.values() for task in chosen]
    if not tasks:
        raise EvalError(f"{context.cases} holds no case for these suites and notes.")
    return tasks


def _evaluate(context: Context, tasks: Sequence[Task], target: Path, workers: int, progress: Progress) -> list[Record]:
    """Return the records in the order of the tasks, writing each when it is there."""
    results = target / RESULTS
    known = {record.id: record for record in (read_partial(results) if results.exists() else [])}
    results.write_text("".join(f"{record_to_json(r)}\n" for r in known.values()), encoding="utf-8")
    waiting = [task for task in tasks if task.id not in known]
    done = len(tasks) - len(waiting)
    progress(done, len(tasks))
    passages = PassageFile(target / PASSAGES)
    with results.open("a", encoding="utf-8") as file:
        for record in _mapped(waiting, workers):
            passages.add(context.asker.seen[i] for i in record.passages if i in context.asker.seen)
            file.write(f"{record_to_json(record)}\n")
            file.flush()
            known[record.id] = record
            done += 1
            progress(done, len(tasks))
    records = [known[task.id] for task in tasks]
    aside = results.with_suffix(".tmp")
    aside.write_text("".join(f"{record_to_json(record)}\n" for record in records), encoding="utf-8")
    os.replace(aside, results)
    return records


def _mapped(tasks: Sequence[Task], workers: int) -> Iterator[Record]:
    if workers <= 1:
        yield from (task.evaluate() for task in tasks)
        return
    with ThreadPoolExecutor(workers, thread_name_prefix="eval") as pool:
        try:
            yield from pool.map(lambda task: task.evaluate(), tasks)
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _write_summary(
    context: Context, plan: Plan, target: Path, settled: dict[str, Any], records: Sequence[Record]
) -> None:
    began = json.loads((target / PLAN).read_text(encoding="utf-8"))["started"]
    try:
        touched = changed_frozen(context.cases)
    except TutorError as error:
        touched = [str(error)]
    sources = {name: context.asker.source(passage) for name, passage in context.asker.seen.items()}
    summary = {
        "id": target.name,
        "note": plan.note,
        "started": began,
        **settled,
        **summary_of(records, context.seed),
        "judge_usd": round(sum(record.judge_usd for record in records), 6),
        "card": judge_card(context.judge, records, sources, context.seed, plan.card_size, plan.card_data).to_json(),
        "human": corrected_by(records, plan.labels) if plan.labels else None,
        "frozen_changed": touched,
        "waiting": waiting(context),
    }
    aside = target / f"{SUMMARY}.tmp"
    aside.write_text(json.dumps(summary, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    os.replace(aside, target / SUMMARY)
