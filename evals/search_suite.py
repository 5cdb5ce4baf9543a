"""The retrieval suite: where search ranks the passages that hold an answer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial

from app.tutor.material import Material
from app.tutor.retrieve import Retriever
from evals.answer_scores import Facts, expected_facts, missing_facts, note_of
from evals.case import Answerable
from evals.context import Context, case_task, cases_here
from evals.metrics import Scores, ndcg, recall_at, reciprocal_rank
from evals.record import Record
from evals.task import Task


def retrieval(context: Context) -> Iterable[Task]:
    """Yield the answerable questions, search only."""
    for case in cases_here(Answerable, "answerable", context):
        yield case_task("retrieval", case, case.notes[0], partial(_searched, context, case), f"r-{case.id}")


def _searched(context: Context, case: Answerable, bare: Record) -> Record:
    tutor = context.tutor
    standalone = tutor.understand(case.question).standalone
    chunks = tutor.retriever.retrieve(standalone, 10).chunks
    notes = [note_of(tutor.material.documents[chunk.document].path) for chunk in chunks]
    relevant = [note in case.notes for note in notes]
    possible = passage_gains(tutor.material, case.notes, case.key_facts)
    gains = [float(possible.get(chunk.id, 0)) for chunk in chunks]
    scores: Scores = {
        "recall_1": (recall_at(relevant, 1), 1.0),
        "recall_5": (recall_at(relevant, 5), 1.0),
        "recall_10": (recall_at(relevant, 10), 1.0),
        "mrr_10": (reciprocal_rank(relevant, 10), 1.0),
    }
    if possible:
        scores["ndcg_10"] = ndcg(gains, [float(gain) for gain in possible.values()], 10), 1.0
        scores["fact_passage_5"] = recall_at([gain > 0 for gain in gains], 5), 1.0
    failed = () if any(relevant[:5]) else (f"no passage of a right note among five; found {', '.join(notes[:5])}",)
    retriever = Retriever(tutor.material, tutor.topics)
    context.asker.seen.update({chunk.id: retriever.passage(chunk, 0.0) for chunk in chunks[:5]})
    return replace(
        bare,
        question=case.question,
        expected=expected_facts(case.key_facts, case.notes),
        kind="search",
        passages=tuple(chunk.id for chunk in chunks),
        scores=scores,
        failed=failed,
    )


def passage_gains(material: Material, notes: Sequence[str], key_facts: Facts) -> dict[str, int]:
    """Return the passages that hold the answer: chunks of right notes, by how many groups of key facts each holds."""
    gains = {}
    for document in material.documents.values():
        if note_of(document.path) in notes:
            for chunk in material.chunks_of[document.id]:
                held = len(key_facts) - len(missing_facts(chunk.text(document), key_facts))
                if held:
                    gains[chunk.id] = held
    return gains
