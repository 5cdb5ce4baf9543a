"""A case that waits to be evaluated."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from evals.record import Record
from ingest.types import content_id


@dataclass(frozen=True)
class Task:
    """``bare`` is the record as far as it is known before; ``evaluate`` returns it filled."""

    bare: Record
    evaluate: Callable[[], Record]

    @property
    def id(self) -> str:
        return self.bare.id


def sampled(suites: dict[str, list[Task]], size: int, seed: int) -> dict[str, list[Task]]:
    """Return at most ``size`` tasks: small suites whole, the large ones cut to the same number; a smaller sample is part of a larger.

    Wordings of one group stay together: whole clusters of paraphrases are taken.
    """
    left, room, result = dict(suites), size, {}
    for name, tasks in sorted(suites.items(), key=lambda item: len(item[1])):
        fair = room // max(1, len(left))
        chosen = tasks if len(tasks) <= fair else _some(tasks, fair, seed)
        result[name] = chosen
        room -= len(chosen)
        del left[name]
    return {name: result[name] for name in suites}


def _some(tasks: Sequence[Task], size: int, seed: int) -> list[Task]:
    group = {task.id: task.bare.cluster if task.bare.suite == "paraphrases" else task.id for task in tasks}
    order = sorted(set(group.values()), key=lambda name: content_id(str(seed), name))
    kept: set[str] = set()
    count = 0
    for name in order:
        members = sum(value == name for value in group.values())
        if count + members > size:
            break
        kept.add(name)
        count += members
    return [task for task in tasks if group[task.id] in kept]
