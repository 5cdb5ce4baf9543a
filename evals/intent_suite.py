"""The intents suite: is a text taken for a greeting, a request, another language, or a question."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import partial

from evals.case import Intent
from evals.context import Context, case_task, cases_here
from evals.metrics import yes
from evals.record import Record
from evals.task import Task

_INTENT_KINDS = {
    "greeting": {"greeting"}, "thanks": {"thanks"}, "capabilities": {"capabilities"}, "next": {"next"}, "quiz": {"quiz"},
    "unclear": {"unclear"}, "other_language": {"language"}, "overview": {"overview"},
    "smalltalk": {"greeting", "thanks", "capabilities", "unclear"},
}  # fmt: skip


def intents(context: Context) -> Iterable[Task]:
    """Yield texts to be taken for what they are."""
    for case in cases_here(Intent, "intents", context):
        yield case_task("intents", case, case.id, partial(_understood, context, case))


def _understood(context: Context, case: Intent, bare: Record) -> Record:
    question = context.tutor.understand(case.text)
    fitting = _INTENT_KINDS.get(case.intent)
    right = question.kind in fitting if fitting else not question.is_chat
    return replace(
        bare,
        question=case.text,
        expected=case.intent,
        kind=question.kind,
        scores={"intents": yes(right)},
        failed=() if right else (f"taken for {question.kind}",),
    )
