"""A local model on real questions, asked in plain words and by the quote-first schema; every answer is recorded.

``python -m evals.drill_local --model FILE.gguf --questions 60``. What it says to a question is written to a JSONL file as
it comes, so the drill can be stopped and goes on where it was. A quarter of the questions have no answer in the notes.
Needs an ingested library. At the end it prints what the sentence check makes of it, see `evals.hallucinations`.
"""

from __future__ import annotations

import argparse
import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from langchain_core.messages import BaseMessage

from app.llm.errors import ModelError
from app.llm.model import ChatModel, Limits, Usage, stream_text
from app.llm.settings import ModelSettings
from app.tutor.citing import heading_of, source_of
from app.tutor.generating import QuotedAnswer
from app.tutor.prompts import PROMPT_VERSION, Task, answer_messages, quote_messages
from app.tutor.tutor import Tutor, open_tutor
from app.tutor.voice import open_voice
from evals.case import Answerable, Unanswerable, read_cases
from evals.hallucinations import report
from evals.recordings import (
    Recording,
    Spoken,
    Variant,
    at_the_start,
    drop_cut_line,
    read_recordings,
    recording_to_json,
)

PASSAGES = 3
MAX_TOKENS = 220
PATIENT = Limits(first_token_s=1800, total_s=1800, attempts=1)
_CASES = Path(__file__).with_name("cases")
_UNANSWERABLE_SHARE = 0.25


@dataclass(frozen=True)
class Asked:
    """A question with the facts that make an answer right; none if the notes do not answer it."""

    id: str
    question: str
    key_facts: tuple[tuple[str, ...], ...] = ()


def questions() -> list[Asked]:
    """Return all dev questions: answerable ones, and near ones that the notes do not answer."""
    good = [case for case in read_cases(Answerable, _CASES / "answerable.jsonl") if case.split == "dev"]
    bad = [case for case in read_cases(Unanswerable, _CASES / "unanswerable.jsonl") if case.split == "dev"]
    near = [Asked(case.id, case.question) for case in bad if case.kind == "near"]
    return [*(Asked(case.id, case.question, case.key_facts) for case in good), *near]


def chosen(asked: Sequence[Asked], count: int) -> list[Asked]:
    """Return ``count`` questions, a quarter unanswerable, mixed; new cases leave the choice mostly as it was."""
    none = int(count * _UNANSWERABLE_SHARE)
    in_order = sorted(asked, key=_by_hash)
    good = [item for item in in_order if item.key_facts][: count - none]
    bad = [item for item in in_order if not item.key_facts][:none]
    return sorted([*good, *bad], key=_by_hash)


def _by_hash(asked: Asked) -> str:
    return hashlib.sha256(asked.id.encode()).hexdigest()


def ask(tutor: Tutor, model: ChatModel, asked: Asked) -> Recording:
    """Return what the model says to one question over the three best passages, asked both ways."""
    chunks = tutor.retriever.retrieve(asked.question).chunks[:PASSAGES]
    passages = tuple((heading_of(c, tutor.material), c.text(tutor.material.documents[c.document])) for c in chunks)
    task, schema = Task(asked.question, passages), QuotedAnswer.schema_for_models()
    said: dict[Variant, Spoken] = {
        "plain": speak(model, answer_messages(task)),
        "schema": speak(model, quote_messages(task), response_schema=schema),
    }
    sources = tuple(at_the_start(source_of(chunk, tutor.material)) for chunk in chunks)
    return Recording(asked.id, asked.question, model.name, PROMPT_VERSION, sources, said)


def speak(model: ChatModel, messages: Sequence[BaseMessage], **options: Any) -> Spoken:
    """Return what the model says; what came before a failure is kept."""
    usage, began = Usage(), time.monotonic()
    pieces, error = list[str](), ""
    try:
        for piece in stream_text(model, messages, PATIENT, usage, **options):
            pieces.append(piece)
    except ModelError as failure:
        error = str(failure)
    return Spoken("".join(pieces), round(time.monotonic() - began, 1), usage.tokens, error)


def record(
    tutor: Tutor, model: ChatModel, asked: Sequence[Asked], out: Path, until: Callable[[], bool] = lambda: False
) -> None:
    """Append what ``model`` says to those of ``asked`` that are not recorded in ``out`` yet, each as it comes."""
    out.parent.mkdir(parents=True, exist_ok=True)
    drop_cut_line(out)
    done = {recording.id for recording in read_recordings(out)}
    with out.open("a", encoding="utf-8") as file:
        for question in asked:
            if question.id not in done and not until():
                file.write(recording_to_json(ask(tutor, model, question)) + "\n")
                file.flush()


def main() -> None:
    """Ask what is not yet asked, and print what became of all answers."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", required=True, help="a GGUF file or the name of an added model")
    parser.add_argument("--questions", type=int, default=60)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--seconds", type=float, default=1e9, help="begin no question after this time")
    arguments = parser.parse_args()
    settings = ModelSettings(max_tokens=MAX_TOKENS)
    voice = open_voice(f"local:{arguments.model}", settings)
    assert voice is not None
    out: Path = arguments.out or settings.home / "evals" / "local-model.jsonl"
    end = time.monotonic() + arguments.seconds
    asked = chosen(questions(), arguments.questions)
    record(open_tutor(), voice.model, asked, out, lambda: time.monotonic() > end)
    print("\n".join(report(out)))


if __name__ == "__main__":
    main()
