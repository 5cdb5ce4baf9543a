"""All suites by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from corpus.item import read_bank
from corpus.pack import find_pack
from evals.context import Context
from evals.injection import injection_tasks
from evals.intent_suite import intents
from evals.item_suite import item_tasks
from evals.question_suites import answers, followups, paraphrases, premises, refusals
from evals.search_suite import retrieval
from evals.task import Task


def tasks_of(suite: str, context: Context) -> list[Task]:
    """Return the tasks of a suite, in the order of its case file.

    Raises:
        CaseError: its case file cannot be read.
    """
    return list(_BUILDERS[suite](context))


_BUILDERS: dict[str, Callable[[Context], Iterable[Task]]] = {
    "answers": answers,
    "refusals": refusals,
    "premises": premises,
    "followups": followups,
    "paraphrases": paraphrases,
    "injection": lambda context: injection_tasks(
        context.asker, context.settings, context.cases / "injection.jsonl", context.split
    ),
    "retrieval": retrieval,
    "intents": intents,
    "items": lambda context: item_tasks(context.tutor.pack, read_bank(find_pack(context.settings.pack)), context.seed),
}
SUITES = tuple(_BUILDERS)
