"""What a run is made with, and the cases that can be asked with it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

from app.tutor.tutor import Tutor
from app.tutor.voice import Voice
from evals.answer_scores import note_of
from evals.asking import Asker
from evals.case import Answerable, Case, FalsePremise, MultiTurn, Paraphrase, Split, read_cases
from evals.judges import Judge
from evals.record import Record
from evals.task import Task
from ingest.settings import LibrarySettings

C = TypeVar("C", bound=Case)


@dataclass
class Context:
    """What tasks are evaluated with; ``seed`` decides which items are composed and broken."""

    tutor: Tutor
    judge: Judge
    cases: Path
    settings: LibrarySettings
    voice: Voice | None = None
    split: Split | None = None
    seed: int = 1

    def __post_init__(self) -> None:
        self.asker = Asker(self.tutor, self.voice, self.judge)


def note_ids(tutor: Tutor) -> frozenset[str]:
    """Return the ids of the notes that the tutor answers from."""
    return frozenset(note_of(document.path) for document in tutor.material.documents.values())


def case_hash(case: Case) -> str:
    """Return the hash of a case as written, without its tags and its split."""
    data = case.model_dump(mode="json", exclude={"tags", "split", "origin"})
    return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()[:12]


def cases_here(kind: type[C], name: str, context: Context) -> list[C]:
    """Return the cases of a file that can be asked; none where a folder of somebody's own has no such file."""
    path = context.cases / f"{name}.jsonl"
    return with_notes(read_cases(kind, path, context.split), note_ids(context.tutor)) if path.exists() else []


def with_notes(cases: Iterable[C], here: frozenset[str]) -> list[C]:
    """Return the cases of which at least one note exists, or that need none; the others wait for theirs."""
    return [case for case in cases if not _waits(case, here)]


def _waits(case: Case, here: frozenset[str]) -> bool:
    return isinstance(case, (Answerable, FalsePremise, MultiTurn, Paraphrase)) and not here & set(case.notes)


def waiting(context: Context) -> list[str]:
    """Return the ids of cases that cannot be asked because none of their notes is there."""
    here = note_ids(context.tutor)
    kinds: tuple[tuple[type[Case], str], ...] = (
        (Answerable, "answerable"), (FalsePremise, "false_premise"), (MultiTurn, "multi_turn"), (Paraphrase, "paraphrase"),
    )  # fmt: skip
    found = []
    for kind, name in kinds:
        path = context.cases / f"{name}.jsonl"
        found += [case.id for case in (read_cases(kind, path) if path.exists() else []) if _waits(case, here)]
    return sorted(found)


def case_task(
    suite: str, case: Case, cluster: str, evaluate: Callable[[Record], Record], id_: str | None = None
) -> Task:
    """Return the task of a case; ``cluster`` is the source it belongs to."""
    bare = Record(id_ or case.id, suite, case_hash(case), cluster, case.split)
    return Task(bare, partial(evaluate, bare))
