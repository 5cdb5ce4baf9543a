"""``tutor eval``."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import get_args

from rich.console import Console
from rich.table import Table

from app.commands.batches import progress_bar
from app.tutor.tutor import open_tutor
from corpus.errors import TutorError
from evals.answers import failing, run_answers
from evals.case import Split, cases_dir
from evals.context import Context
from evals.judges import CheckerJudge
from evals.retrieval import compare_modes
from ingest.settings import LibrarySettings


def run_eval_answers(split: str, failures: bool, as_json: bool) -> None:
    """Print the answer figures for a split; failing frozen cases are never listed."""
    with progress_bar() as bar:
        task = bar.add_task("Asking", total=None)
        report = run_answers(_context(split), lambda done, total: bar.update(task, completed=done, total=total))
    lines = dict(report.lines())
    if as_json:
        print(
            json.dumps({"split": split, **{name.strip(): figure for name, figure in lines.items()}}, ensure_ascii=False)
        )
        return
    for name, figure in lines.items():
        print(f"{name}: {figure}")
    for record in failing(report.records) if failures else ():
        print(f"{record.id} {'; '.join(record.failed)}: {record.question}")


def run_eval_retrieval(split: str, as_json: bool) -> None:
    """Print recall and reciprocal rank by search mode."""
    with progress_bar() as bar:
        task = bar.add_task("Searching", total=None)
        rows = compare_modes(_context(split), lambda done, total: bar.update(task, completed=done, total=total))
    if as_json:
        print(json.dumps([asdict(row) for row in rows]))
        return
    table = Table("search", "recall@1", "recall@5", "MRR@10")
    for row in rows:
        table.add_row(row.mode, f"{row.recall_1:.3f}", f"{row.recall_5:.3f}", f"{row.mrr_10:.3f}")
    Console().print(table)


def _context(split: str) -> Context:
    chosen, settings = chosen_split(split), LibrarySettings()
    return Context(open_tutor(settings), CheckerJudge(), cases_dir(), settings, split=chosen)


def chosen_split(name: str) -> Split | None:
    """Return the split that ``name`` says, None for all; raises TutorError if there is none of that name."""
    if name == "all":
        return None
    for split in get_args(Split):
        if name == split:
            return split  # type: ignore[no-any-return]
    raise TutorError(f"There is no split {name!r}; choose dev, frozen or all.")
