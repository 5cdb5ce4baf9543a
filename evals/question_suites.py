"""The suites that ask the tutor: answers, refusals, premises, followups, paraphrases."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial

from app.tutor.types import Turn
from evals.answer_scores import (
    Facts,
    corrects,
    expected_facts,
    fact_failure,
    found_note,
    grounding_failures,
    grounding_names,
    grounding_scores,
    missing_facts,
    off_question,
    recorded,
)
from evals.case import Answerable, FalsePremise, MultiTurn, Paraphrase, Unanswerable
from evals.context import Context, case_task, cases_here
from evals.metrics import Scores, share, yes
from evals.record import Record
from evals.task import Task


def answers(context: Context) -> Iterable[Task]:
    """Yield questions that the notes answer."""
    for case in cases_here(Answerable, "answerable", context):
        yield case_task("answers", case, case.notes[0], partial(_answer_right, context, case.question, case, ()))


def _answer_right(
    context: Context, question: str, case: Answerable | Paraphrase, history: Sequence[Turn], bare: Record
) -> Record:
    asked = context.asker.ask(question, history)
    missing = missing_facts(asked.answer.text, case.key_facts)
    right = not asked.refused and not missing
    found = found_note(asked, case.notes)
    present = 0 if asked.refused else len(case.key_facts) - len(missing)
    scores: Scores = {
        "key_facts": yes(right),
        "key_fact_recall": share(present, len(case.key_facts)),
        "right_passage": yes(found),
        "false_refusals": yes(asked.refused),
        "off_question": off_question(asked, case.notes, case.key_facts) if not asked.refused else (0.0, 0.0),
        **grounding_scores(asked, found, context.voice is not None),
    }
    if asked.refused:
        scores["abstention_precision"] = 0.0, 1.0
    else:
        scores["false_corrections"] = yes(corrects(asked))
    failed = fact_failure(asked, missing) + grounding_failures(asked)
    return recorded(bare, question, history, asked, scores, expected_facts(case.key_facts, case.notes), failed)


def refusals(context: Context) -> Iterable[Task]:
    """Yield questions that no note answers."""
    for case in cases_here(Unanswerable, "unanswerable", context):
        yield case_task("refusals", case, case.id, partial(_refused, context, case))


def _refused(context: Context, case: Unanswerable, bare: Record) -> Record:
    asked = context.asker.ask(case.question)
    scores = {"abstention_recall": yes(asked.refused), **grounding_scores(asked, None, context.voice is not None)}
    if asked.refused:
        scores["abstention_precision"] = 1.0, 1.0
    failed = () if asked.refused else ("answered, though no note holds the answer",)
    expected = f"a refusal ({case.kind} the topic)"
    return recorded(bare, case.question, (), asked, scores, expected, failed + grounding_failures(asked))


def premises(context: Context) -> Iterable[Task]:
    """Yield questions that take something wrong for granted."""
    for case in cases_here(FalsePremise, "false_premise", context):
        yield case_task("premises", case, case.notes[0], partial(_corrected, context, case))


def _corrected(context: Context, case: FalsePremise, bare: Record) -> Record:
    return _single(context, "premises", case.question, case.correction, case.notes, (), bare)


def followups(context: Context) -> Iterable[Task]:
    """Yield questions that need their conversation."""
    for case in cases_here(MultiTurn, "multi_turn", context):
        yield case_task("followups", case, case.notes[0], partial(_followed, context, case))


def _followed(context: Context, case: MultiTurn, bare: Record) -> Record:
    history = tuple(Turn(said.role, said.text) for said in case.history)
    return _single(context, "follow_ups", case.question, case.key_facts, case.notes, history, bare)


def _single(
    context: Context,
    figure: str,
    question: str,
    facts: Facts,
    notes: Sequence[str],
    history: Sequence[Turn],
    bare: Record,
) -> Record:
    """Return the record of a question whose one figure is whether its facts are there."""
    asked = context.asker.ask(question, history)
    missing = missing_facts(asked.answer.text, facts)
    scores = {
        figure: yes(not asked.refused and not missing),
        **grounding_scores(asked, found_note(asked, notes), context.voice is not None),
    }
    failed = fact_failure(asked, missing) + grounding_failures(asked)
    return recorded(bare, question, history, asked, scores, expected_facts(facts, notes), failed)


def paraphrases(context: Context) -> Iterable[Task]:
    """Yield every wording of each question."""
    for case in cases_here(Paraphrase, "paraphrase", context):
        for number, question in enumerate(case.questions, 1):
            evaluate = partial(_wording, context, question, case)
            yield case_task("paraphrases", case, case.id, evaluate, f"{case.id}-{number}")


def _wording(context: Context, question: str, case: Paraphrase, bare: Record) -> Record:
    """Return the record of one wording: whether it is right counts for its group only, see `with_group_scores`."""
    record = _answer_right(context, question, case, (), bare)
    kept = {k: v for k, v in record.scores.items() if k in ("key_facts", *grounding_names())}
    return replace(record, scores={("wording_right" if k == "key_facts" else k): v for k, v in kept.items()})


def with_group_scores(records: Sequence[Record]) -> list[Record]:
    """Return the records, the first wording of each complete group of paraphrases with the group's figure."""
    groups: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        if "wording_right" in record.scores:
            groups[record.cluster].append(record)
    alike = {
        group[0].id: len({r.scores["wording_right"] for r in group}) == 1 for group in groups.values() if len(group) > 1
    }
    return [
        replace(r, scores={**r.scores, "paraphrases_alike": yes(alike[r.id])}) if r.id in alike else r for r in records
    ]
