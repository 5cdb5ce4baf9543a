"""A local model on real questions: with and without the quote-first schema, with and without the sentence check.

``python -m evals.drill_local --model FILE.gguf --questions 60``. Each answer is written to a JSONL file as it comes, so
the drill can be stopped and goes on where it was. A quarter of the questions have no answer in the notes. Needs an
ingested library.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from app.llm.errors import ModelError
from app.llm.model import ChatModel, Limits, Usage, stream_text
from app.llm.settings import ModelSettings
from app.tutor.citing import heading_of, source_of
from app.tutor.generating import QuotedAnswer, finished_sentences, quoted_answer, without_numbers
from app.tutor.ground import Ground
from app.tutor.prompts import PROMPT_VERSION, Task, answer_messages, quote_messages
from app.tutor.tutor import Tutor, open_tutor
from app.tutor.types import Verdict
from app.tutor.voice import open_voice
from corpus.markdown import plain_text, split_sentences
from evals.answering import missing_facts
from evals.case import Answerable, Unanswerable, read_cases
from ingest.words import words

PASSAGES = 3
VARIANTS = ("plain", "schema")
_CASES = Path(__file__).with_name("cases")
_UNANSWERABLE_SHARE = 0.25


@dataclass(frozen=True)
class Asked:
    """A question with the facts that make an answer right; none if the notes do not answer it."""

    id: str
    question: str
    key_facts: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True)
class Said:
    """What a model said to a question, each sentence with the verdict of the check; ``quoted`` whether its quote is real."""

    id: str
    variant: str
    question: str
    model: str
    prompt_version: str
    raw: str
    sentences: tuple[tuple[str, str], ...]
    refused: bool
    quoted: bool
    seconds: float
    tokens: int
    error: str = ""


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


def ask(tutor: Tutor, model: ChatModel, asked: Asked, variant: str, limits: Limits) -> Said:
    """Return what the model says to one question over the three best passages."""
    chunks = tutor.retriever.retrieve(asked.question).chunks[:PASSAGES]
    texts = [chunk.text(tutor.material.documents[chunk.document]) for chunk in chunks]
    headings = [heading_of(chunk, tutor.material) for chunk in chunks]
    task = Task(asked.question, tuple(zip(headings, texts, strict=True)))
    ground, usage, began = Ground(source_of(chunk, tutor.material) for chunk in chunks), Usage(), time.monotonic()
    raw, error, said, refused, quoted = "", "", list[str](), False, True
    try:
        if variant == "schema":
            schema = QuotedAnswer.schema_for_models()
            raw = "".join(stream_text(model, quote_messages(task), limits, usage, response_schema=schema))
            found = quoted_answer([raw])
            refused = found is not None and not found.answerable
            said = split_sentences(found.answer) if found is not None and found.answerable else []
            quote = " ".join(words(found.quote)) if found is not None else ""
            quoted = bool(quote) and any(quote in " ".join(words(text)) for text in texts)
        else:
            raw = "".join(stream_text(model, answer_messages(task), limits, usage))
            said = list(finished_sentences([raw]))
    except ModelError as failure:
        error = str(failure)
    checked = [(plain, ground.check(plain).verdict) for plain in (without_numbers(plain_text(s))[0] for s in said)]
    refused = refused or any(verdict is Verdict.ABSTENTION for _, verdict in checked)
    return Said(
        asked.id, variant, asked.question, model.name, PROMPT_VERSION, raw,
        tuple((text, verdict.value) for text, verdict in checked), refused, quoted,
        round(time.monotonic() - began, 1), usage.tokens, error,
    )  # fmt: skip


def outcome(asked: Asked, said: Said, *, check: bool) -> str:
    """Return ``right``, ``wrong shown``, ``withheld`` or ``refused`` for what a learner would see of an answer.

    ``wrong shown`` is anything shown without the key facts: false, beside the point, or incomplete.
    """
    if said.refused:
        return "refused"
    shown = [text for text, verdict in said.sentences if not check or verdict == Verdict.SUPPORTED]
    if check and not said.quoted:
        shown = []
    if not shown:
        return "withheld"
    return "right" if asked.key_facts and not missing_facts(" ".join(shown), asked.key_facts) else "wrong shown"


def table(asked: Sequence[Asked], said: Sequence[Said]) -> str:
    """Return the outcomes of the four ways to use the model, answerable and unanswerable questions apart."""
    lines = [f"{'':30}{'right':>7}{'wrong shown':>13}{'withheld':>10}{'refused':>9}"]
    by_id = {item.id: item for item in asked}
    said = [item for item in said if item.id in by_id]
    for answerable in (True, False):
        for variant in VARIANTS:
            mine = [s for s in said if s.variant == variant and bool(by_id[s.id].key_facts) == answerable]
            for check in (False, True):
                counted = Counter(outcome(by_id[s.id], s, check=check) for s in mine)
                name = f"{variant}{' + check' if check else ''}, {'in' if answerable else 'not in'} notes"
                lines.append(
                    f"{name:30}{counted['right']:>7}{counted['wrong shown']:>13}{counted['withheld']:>10}{counted['refused']:>9}"
                )
    return "\n".join(lines)


def main() -> None:
    """Ask what is not yet asked, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", required=True, help="a GGUF file or the name of an added model")
    parser.add_argument("--questions", type=int, default=60)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--seconds", type=float, default=1e9, help="stop after this time")
    arguments = parser.parse_args()
    settings = ModelSettings(max_tokens=220)
    voice = open_voice(f"local:{arguments.model}", settings)
    assert voice is not None
    out: Path = arguments.out or settings.home / "evals" / "local-model.jsonl"
    out.parent.mkdir(parents=True, exist_ok=True)
    everything, tutor, began = questions(), open_tutor(), time.monotonic()
    said = read_said(out)
    done = {(item.id, item.variant) for item in said}
    with out.open("a", encoding="utf-8") as file:
        for question in chosen(everything, arguments.questions):
            for variant in VARIANTS:
                if (question.id, variant) not in done and time.monotonic() - began < arguments.seconds:
                    said.append(ask(tutor, voice.model, question, variant, Limits(300, 300, 1)))
                    file.write(json.dumps(asdict(said[-1]), ensure_ascii=False) + "\n")
                    file.flush()
    print(table(everything, said))
    print(f"{len(said)} answers by {voice.model.name}, median {_median([s.seconds for s in said])} s; in {out}")


def read_said(path: Path) -> list[Said]:
    """Return recorded answers; none if there is no such file."""
    if not path.is_file():
        return []
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [Said(**{**row, "sentences": tuple(tuple(pair) for pair in row["sentences"])}) for row in rows]


def _median(values: Sequence[float]) -> float:
    return sorted(values)[len(values) // 2] if values else 0.0


if __name__ == "__main__":
    main()
