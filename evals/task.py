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


SHIPPED_SAMPLE = 1200
"""So many cases are enough for every margin where nothing changed, and take seconds instead of minutes."""

_WEIGHTS = {"answers": 3.0, "retrieval": 3.0, "paraphrases": 2.0, "refusals": 2.0, "items": 1.5, "injection": 1.2}


def sampled(suites: dict[str, list[Task]], size: int, seed: int) -> dict[str, list[Task]]:
    """Return about ``size`` tasks: small suites whole, large ones by weight; a smaller sample is part of a larger one.

    Wordings of one group stay together: whole groups of paraphrases are taken.
    """
    weight = {name: _WEIGHTS.get(name, 1.0) for name in suites}
    order = sorted(suites, key=lambda name: len(suites[name]) / weight[name])
    left, room = sum(weight.values()), float(size)
    result = {}
    for name in order:
        fair = int(room * weight[name] / left)
        chosen = suites[name] if len(suites[name]) <= fair else _some(suites[name], fair, seed)
        result[name] = chosen
        room -= len(chosen)
        left -= weight[name]
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
