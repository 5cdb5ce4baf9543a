"""The suites: case files to tasks, and a task to its record."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from app.tutor.material import Material
from app.tutor.retrieve import Retriever
from app.tutor.tutor import Tutor
from app.tutor.types import Turn
from app.tutor.voice import Voice
from corpus.item import read_bank
from corpus.pack import find_pack
from evals.answering import (
    Asker,
    Facts,
    corrects,
    expected_facts,
    fact_failure,
    found_note,
    grounding_failures,
    grounding_scores,
    missing_facts,
    note_of,
    off_question,
    recorded,
)
from evals.case import (
    Answerable,
    Case,
    FalsePremise,
    Intent,
    MultiTurn,
    Paraphrase,
    Split,
    Unanswerable,
    read_cases,
)
from evals.injection import injection_tasks
from evals.item_suite import item_tasks
from evals.judges import Judge
from evals.metrics import Scores, ndcg, recall_at, reciprocal_rank, share, yes
from evals.record import Record
from evals.task import Task
from ingest.settings import LibrarySettings

C = TypeVar("C", bound=Case)

SUITES = ("answers", "refusals", "premises", "followups", "paraphrases", "injection", "retrieval", "intents", "items")


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


def tasks_of(suite: str, context: Context) -> list[Task]:
    """Return the tasks of a suite, in the order of its case file.

    Raises:
        CaseError: its case file cannot be read.
    """
    return list(_BUILDERS[suite](context))


def note_ids(tutor: Tutor) -> frozenset[str]:
    """Return the ids of the notes that the tutor answers from."""
    return frozenset(note_of(document.path) for document in tutor.material.documents.values())


def case_hash(case: Case) -> str:
    """Return the hash of a case as written, without its tags and its split."""
    data = case.model_dump(mode="json", exclude={"tags", "split", "origin"})
    return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()[:12]


def _read(kind: type[C], name: str, context: Context) -> list[C]:
    """Return the cases of a file that can be asked; none where a folder of somebody's own has no such file."""
    path = context.cases / f"{name}.jsonl"
    if not path.exists():
        return []
    here = note_ids(context.tutor)
    return [case for case in read_cases(kind, path, context.split) if not _waits(case, here)]


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


def _task(suite: str, case: Case, cluster: str, evaluate: Callable[[Record], Record], id_: str | None = None) -> Task:
    bare = Record(id_ or case.id, suite, case_hash(case), cluster, case.split)
    return Task(bare, partial(evaluate, bare))


def _answers(context: Context) -> Iterable[Task]:
    for case in _read(Answerable, "answerable", context):
        yield _task("answers", case, case.notes[0], partial(_answer_right, context, case.question, case, ()))


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


def _refusals(context: Context) -> Iterable[Task]:
    for case in _read(Unanswerable, "unanswerable", context):
        yield _task("refusals", case, case.id, partial(_refused, context, case))


def _refused(context: Context, case: Unanswerable, bare: Record) -> Record:
    asked = context.asker.ask(case.question)
    scores = {"abstention_recall": yes(asked.refused), **grounding_scores(asked, None, context.voice is not None)}
    if asked.refused:
        scores["abstention_precision"] = 1.0, 1.0
    failed = () if asked.refused else ("answered, though no note holds the answer",)
    expected = f"a refusal ({case.kind} the topic)"
    return recorded(bare, case.question, (), asked, scores, expected, failed + grounding_failures(asked))


def _premises(context: Context) -> Iterable[Task]:
    for case in _read(FalsePremise, "false_premise", context):
        yield _task("premises", case, case.notes[0], partial(_corrected, context, case))


def _corrected(context: Context, case: FalsePremise, bare: Record) -> Record:
    return _single(context, "premises", case.question, case.correction, case.notes, (), bare)


def _followups(context: Context) -> Iterable[Task]:
    for case in _read(MultiTurn, "multi_turn", context):
        yield _task("followups", case, case.notes[0], partial(_followed, context, case))


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


def _paraphrases(context: Context) -> Iterable[Task]:
    for case in _read(Paraphrase, "paraphrase", context):
        for number, question in enumerate(case.questions, 1):
            evaluate = partial(_wording, context, question, case)
            yield _task("paraphrases", case, case.id, evaluate, f"{case.id}-{number}")


def _wording(context: Context, question: str, case: Paraphrase, bare: Record) -> Record:
    """Return the record of one wording: whether it is right counts for its group only, see `with_group_scores`."""
    record = _answer_right(context, question, case, (), bare)
    kept = {k: v for k, v in record.scores.items() if k in ("key_facts", *grounding_names())}
    return replace(record, scores={("wording_right" if k == "key_facts" else k): v for k, v in kept.items()})


def grounding_names() -> frozenset[str]:
    """Return the figures that every answer has, whatever its suite."""
    return frozenset({
        "grounded", "grounded_answers", "grounded_found", "grounded_missed", "hallucinated", "hallucinated_unchecked", "withheld",
        "unverified", "hard_faults", "citation_recall", "citation_precision", "quotes_valid", "model_worded",
    })  # fmt: skip


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


def _retrieval(context: Context) -> Iterable[Task]:
    for case in _read(Answerable, "answerable", context):
        yield _task("retrieval", case, case.notes[0], partial(_searched, context, case), f"r-{case.id}")


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


_INTENT_KINDS = {
    "greeting": {"greeting"}, "thanks": {"thanks"}, "capabilities": {"capabilities"}, "next": {"next"}, "quiz": {"quiz"},
    "unclear": {"unclear"}, "other_language": {"language"}, "overview": {"overview"},
    "smalltalk": {"greeting", "thanks", "capabilities", "unclear"},
}  # fmt: skip


def _intents(context: Context) -> Iterable[Task]:
    for case in _read(Intent, "intents", context):
        yield _task("intents", case, case.id, partial(_understood, context, case))


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


_BUILDERS: dict[str, Callable[[Context], Iterable[Task]]] = {
    "answers": _answers,
    "refusals": _refusals,
    "premises": _premises,
    "followups": _followups,
    "paraphrases": _paraphrases,
    "injection": lambda context: injection_tasks(
        context.asker, context.settings, context.cases / "injection.jsonl", context.split
    ),
    "retrieval": _retrieval,
    "intents": _intents,
    "items": lambda context: item_tasks(context.tutor.pack, read_bank(find_pack(context.settings.pack)), context.seed),
}
