"""Answers whose unsupported sentences people marked: adapters for RAGTruth, HaluEval, FaithBench and a plain JSONL.

Origin of the public data: RAGTruth, ParticleMedia/RAGTruth (MIT), arXiv 2401.00396; HaluEval, RUCAIBox/HaluEval (MIT),
arXiv 2305.11747; FaithBench, vectara/FaithBench, arXiv 2410.13210. The files are given by path and are not part of this project.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evals.errors import EvalError

_MIN_OVERLAP = 3


@dataclass(frozen=True)
class Marked:
    """A span ``answer[start:end]`` that is not supported, and of which ``type``."""

    start: int
    end: int
    type: str = ""


@dataclass(frozen=True)
class LabelledAnswer:
    """An answer to a question over passages; ``source`` groups answers over the same passages."""

    id: str
    source: str
    generator: str
    passages: tuple[str, ...]
    answer: str
    marked: tuple[Marked, ...]

    @property
    def unsupported(self) -> bool:
        return bool(self.marked)

    def marks(self, start: int, end: int) -> list[Marked]:
        """Return the marked spans that share three or more characters with ``answer[start:end]``."""
        return [m for m in self.marked if min(end, m.end) - max(start, m.start) >= min(_MIN_OVERLAP, m.end - m.start)]


def read_labelled(path: Path) -> list[LabelledAnswer]:
    """Return the labelled answers in a JSONL file (also .gz), whichever of the known formats its lines have.

    A ``.json`` file is a batch of FaithBench: spans that people call unwanted count as unsupported, those they call
    benign or questionable do not.

    Raises:
        EvalError: the file or a line of it cannot be read.
    """
    answers: list[LabelledAnswer] = []
    number = 1
    try:
        if path.suffix == ".json":
            answers = [_faithbench(sample) for sample in json.loads(path.read_text(encoding="utf-8"))["samples"]]
        else:
            for number, line in enumerate(_lines(path), start=1):
                if line.strip():
                    answers.extend(_answers(json.loads(line), number))
    except OSError as error:
        raise EvalError(
            f"{path} cannot be read: {error.strerror or error}. Give the path of a labelled JSONL file."
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise EvalError(f"{path}, line {number}: not a labelled answer ({error}).") from error
    if not answers:
        raise EvalError(f"{path} holds no labelled answers.")
    return answers


def _lines(path: Path) -> Iterator[str]:
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
        yield from lines


def _answers(row: dict[str, Any], number: int) -> Iterator[LabelledAnswer]:
    passages = tuple(row["passages"] if "passages" in row else [row["context"]])
    name = str(row.get("id", number))
    if "hallucinated_answer" in row:  # HaluEval: a right and a wrong answer each
        wrong = row["hallucinated_answer"]
        yield LabelledAnswer(f"{name}-right", name, "human", passages, row["right_answer"], ())
        yield LabelledAnswer(f"{name}-wrong", name, "model", passages, wrong, (Marked(0, len(wrong)),))
    elif "hallucinated_spans" in row:  # RAGTruth
        marked = tuple(Marked(span["start"], span["end"], span.get("type", "")) for span in row["hallucinated_spans"])
        yield LabelledAnswer(name, str(row["source_id"]), row["generator"], passages, row["response"], marked)
    else:  # plain: {id?, answer, passages, supported, source?, type?}
        answer = row["answer"]
        marked = () if row["supported"] else (Marked(0, len(answer), row.get("type", "")),)
        yield LabelledAnswer(name, str(row.get("source", name)), row.get("origin", ""), passages, answer, marked)


def _faithbench(sample: dict[str, Any]) -> LabelledAnswer:
    marked = tuple(
        Marked(span["summary_start"], span["summary_end"], "unwanted")
        for span in sample["annotations"]
        if any(label.startswith("Unwanted") for label in span["label"])
    )
    about, name = sample["metadata"], str(sample["sample_id"])
    source = str(about.get("raw_sample_id", name))
    return LabelledAnswer(name, source, about["summarizer"], (sample["source"],), sample["summary"], marked)


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file as hex digits."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
