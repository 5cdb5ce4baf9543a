"""Train how questions are embedded: ``python -m evals.question_train`` writes ``ingest/question_adapter.safetensors``.

From questions written for it (`evals/training/questions.jsonl`), each with the sentences of a note that answer it. No evaluation case
is used, and near copies of cases were left out, so that the figures on dev cases are those of questions never seen. The
same data, seed and kind of processor give the same weights. It takes two minutes of one core; a question whose sentences are no longer in its note waits.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.tutor.tutor import Tutor, open_tutor
from corpus.errors import TutorError
from evals.answer_scores import note_of
from evals.errors import EvalError
from evals.labelled import sha256_of
from ingest.embedder import QUESTION_ADAPTER

QUESTIONS = Path(__file__).parent / "training" / "questions.jsonl"


class TrainingQuestion(BaseModel):
    """A question, the sentences of one note that answer it, and what a right answer holds (one string of each group)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    note: str
    question: str
    answers: tuple[str, ...] = Field(min_length=1)
    key_facts: tuple[tuple[str, ...], ...] = Field(min_length=1)


def read_questions(path: Path = QUESTIONS) -> list[TrainingQuestion]:
    """Return the training questions.

    Raises:
        EvalError: the file cannot be read; names the line.
    """
    found: list[TrainingQuestion] = []
    try:
        for line in path.read_text(encoding="utf-8").splitlines():
            found.append(TrainingQuestion.model_validate_json(line))
    except OSError as error:
        raise EvalError(f"{path} cannot be read; name an existing file.") from error
    except ValidationError as error:
        raise EvalError(f"{path}, line {len(found) + 1}: {error.errors()[0]['msg']}.") from error
    return found


def rows_of(question: TrainingQuestion, tutor: Tutor) -> tuple[int, ...]:
    """Return the rows in `Material.unit_vectors` of the sentences that answer ``question``."""
    material = tutor.material
    return tuple(
        quote.row
        for document, chunks in material.chunks_of.items()
        if note_of(material.documents[document].path) == question.note
        for chunk in chunks
        for quote in material.units[chunk.id]
        if quote.unit.plain in question.answers
    )


def train(questions: Sequence[TrainingQuestion], out: Path, seed: int) -> dict[str, str]:
    """Write the changes trained on ``questions`` to ``out``; return what the file says of itself."""
    from safetensors.numpy import save_file

    from ingest.embedder import load_shipped
    from ingest.minilm import MINILM_SHA256
    from ingest.question_tuning import Asked, Tuning, tune

    tutor = open_tutor()
    asked = [
        Asked(tutor.topics.expand(tutor.understand(question.question).standalone), rows)
        for question in questions
        if (rows := rows_of(question, tutor))
    ]
    how = Tuning(seed=seed)
    adapter = tune(load_shipped(), asked, tutor.material.unit_vectors, how, print)
    about = {
        "base_sha256": MINILM_SHA256,
        "data": QUESTIONS.name,
        "data_sha256": sha256_of(QUESTIONS),
        "generation": tutor.state().generation,
        "questions": str(len(asked)),
        "how": json.dumps(asdict(how)),
    }
    save_file(adapter, out, about)
    return about


def main(arguments: Sequence[str]) -> int:
    """Train, write the file and print what it says of itself; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m evals.question_train", description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=QUESTION_ADAPTER)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    try:
        about = train(read_questions(), options.out, options.seed)
    except TutorError as error:
        print(error, file=sys.stderr)
        return 1
    print(json.dumps(about, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
