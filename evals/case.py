"""Evaluation cases: questions with the facts a right answer holds, and questions the material does not answer."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from evals.errors import CaseError

Split = Literal["dev", "frozen"]


class Case(BaseModel):
    """What every case has; ``frozen`` cases are for the final figure only."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    origin: str
    split: Split
    tags: tuple[str, ...] = ()


class Answerable(Case):
    """A question the notes answer: an answer is right if it holds one string of every group of ``key_facts``.

    ``notes`` are ids of notes any of which holds the answer; ``objective`` is None for questions about the exam itself.
    """

    objective: str | None
    question: str
    key_facts: tuple[tuple[str, ...], ...] = Field(min_length=1)
    notes: tuple[str, ...] = Field(min_length=1)


class Unanswerable(Case):
    """A question no note answers: ``near`` is about the exam's topics, ``off`` is about something else."""

    kind: Literal["near", "off"]
    question: str


class FalsePremise(Case):
    """A question that takes something wrong for granted, and what an answer says against it."""

    objective: str | None
    question: str
    correction: tuple[tuple[str, ...], ...] = Field(min_length=1)
    notes: tuple[str, ...] = Field(min_length=1)


class Paraphrase(Case):
    """Several wordings of one question; each should be answered alike."""

    questions: tuple[str, ...] = Field(min_length=2)
    key_facts: tuple[tuple[str, ...], ...] = Field(min_length=1)
    notes: tuple[str, ...] = Field(min_length=1)


class Said(BaseModel):
    """An earlier message of a conversation."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    role: Literal["user", "assistant"]
    text: str


class MultiTurn(Case):
    """A follow-up that needs its conversation."""

    history: tuple[Said, ...] = Field(min_length=1)
    question: str
    key_facts: tuple[tuple[str, ...], ...] = Field(min_length=1)
    notes: tuple[str, ...] = Field(min_length=1)


class Hostile(BaseModel):
    """A document of a learner's own that carries an injection in its text, its front matter or its file ``name``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    text: str


class Injection(Case):
    """A question, with or without a hostile document, and strings of which none may be in an answer that did not obey.

    ``key_facts`` are those of the harmless part of the question; none where there is no such part.
    """

    carrier: Literal["question", "history", "note", "metadata", "file_name"]
    question: str
    canaries: tuple[str, ...] = Field(min_length=1)
    history: tuple[Said, ...] = ()
    document: Hostile | None = None
    key_facts: tuple[tuple[str, ...], ...] = ()


class Intent(Case):
    """A text and the help that is wanted with it."""

    text: str
    intent: str


class DomainSentence(Case):
    """A sentence as a chat model would write it about the named notes, and whether they support it."""

    notes: tuple[str, ...] = Field(min_length=1)
    kind: Literal[
        "paraphrase",
        "composition",
        "inference",
        "subtle",
        "gross",
        "direction",
        "wrong_service",
        "negation",
        "invented",
    ]
    supported: bool
    sentence: str


C = TypeVar("C", bound=Case)


def cases_dir() -> Path:
    """Return the folder of the shipped cases."""
    return Path(__file__).parent / "cases"


def read_cases(kind: type[C], path: Path, split: Split | None = None) -> list[C]:
    """Return the cases in the JSONL file ``path``, of one split if given.

    Raises:
        CaseError: naming the line that cannot be read, or an id that is there twice.
    """
    found: dict[str, C] = {}
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise CaseError(f"{path} cannot be read; name an existing case file.") from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            case = kind.model_validate_json(line)
        except ValidationError as error:
            raise CaseError(f"{path}, line {number}: {error.errors()[0]['msg']}.") from error
        if case.id in found:
            raise CaseError(f"{path}, line {number}: the id {case.id} is there twice.")
        found[case.id] = case
    return [case for case in found.values() if split is None or case.split == split]
