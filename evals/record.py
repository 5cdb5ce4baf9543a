"""What became of each case, as one JSON line, and the folder of a run."""

from __future__ import annotations

import json
import lzma
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from evals.errors import EvalError
from evals.metrics import Scores

RESULTS, PASSAGES, SUMMARY, PLAN = "results.jsonl", "passages.jsonl", "summary.json", "plan.json"


@dataclass(frozen=True)
class Judged:
    """A sentence of an answer and what the judge says of it.

    ``shown`` is False for a sentence that the tutor's own check held back. ``quotes`` are those it cites, ``cited`` whether
    they support it together, ``precise`` how many of them are needed or enough.
    """

    text: str
    shown: bool
    verdict: str
    reason: str = ""
    quotes: tuple[str, ...] = ()
    cited: bool = False
    precise: int = 0
    checker: str = ""


@dataclass(frozen=True)
class Record:
    """One case of a run.

    ``case`` is the hash of the case as written, ``cluster`` the source it belongs to. ``passages`` are ids into the run's passages.
    ``scores`` are pairs (numerator, denominator) by figure; ``failed`` says in words what is wrong.
    """

    id: str
    suite: str
    case: str
    cluster: str
    split: str
    question: str = ""
    history: tuple[tuple[str, str], ...] = ()
    expected: str = ""
    kind: str = ""
    model: str = ""
    notice: str = ""
    judged: tuple[Judged, ...] = ()
    passages: tuple[str, ...] = ()
    scores: Scores = field(default_factory=dict)
    failed: tuple[str, ...] = ()
    cpu_ms: float = 0.0
    total_ms: float = 0.0
    first_sentence_ms: float | None = None
    tokens: int = 0
    cost_usd: float = 0.0
    judge_usd: float = 0.0

    @property
    def answer(self) -> str:
        """The shown sentences as one paragraph."""
        return " ".join(sentence.text for sentence in self.judged if sentence.shown)


def record_to_json(record: Record) -> str:
    """Return a record as one line of JSON."""
    return json.dumps(asdict(record), ensure_ascii=False, sort_keys=True)


def record_from_json(line: str) -> Record:
    """Return the record that `record_to_json` wrote; unknown keys of newer versions are ignored."""
    data = json.loads(line)
    known: dict[str, Any] = {name: data[name] for name in Record.__dataclass_fields__ if name in data}
    known["judged"] = tuple(
        Judged(**{**sentence, "quotes": tuple(sentence.get("quotes", ()))}) for sentence in data.get("judged", ())
    )
    known["history"] = tuple((role, text) for role, text in data.get("history", ()))
    for name in ("passages", "failed"):
        known[name] = tuple(data.get(name, ()))
    known["scores"] = {name: (score[0], score[1]) for name, score in data.get("scores", {}).items()}
    return Record(**known)


@dataclass(frozen=True)
class Run:
    """A finished run as read back from its folder; ``passages`` are (heading, text) by id."""

    folder: Path
    summary: dict[str, Any]
    records: tuple[Record, ...]

    @property
    def id(self) -> str:
        return str(self.summary["id"])

    def passages(self) -> dict[str, dict[str, str]]:
        """Return the passages by id, empty where the folder keeps none (a baseline)."""
        found = {}
        for line in _lines(self.folder / PASSAGES):
            try:
                row = json.loads(line)
            except ValueError:
                continue  # cut short by a kill
            found[row["id"]] = row
        return found


def read_run(folder: Path) -> Run:
    """Return the run in ``folder``.

    Raises:
        EvalError: there is no finished run in it, or a file is damaged.
    """
    try:
        summary = read_summary(folder)
        records = tuple(record_from_json(line) for line in _lines(folder / RESULTS))
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise EvalError(f"{folder} holds no finished run ({error}); see tutor eval runs.") from error
    return Run(folder, summary, records)


def read_summary(folder: Path) -> dict[str, Any]:
    """Return the summary of the run in ``folder``; raises EvalError if it cannot be read."""
    try:
        found: dict[str, Any] = json.loads((folder / SUMMARY).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise EvalError(f"{folder} holds no finished run ({error}); see tutor eval runs.") from error
    return found


def read_partial(path: Path) -> list[Record]:
    """Return the whole lines of a results file; a last line that was cut short is left out."""
    records = []
    for line in _lines(path):
        try:
            records.append(record_from_json(line))
        except (ValueError, TypeError, KeyError):
            break
    return records


def save_baseline(run: Run, target: Path) -> None:
    """Write what a comparison needs of ``run`` to ``target``: the summary, and the records without passages."""
    target.mkdir(parents=True, exist_ok=True)
    (target / SUMMARY).write_text(json.dumps(run.summary, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    lines = "\n".join(_slim(run.records)) + "\n"
    (target / f"{RESULTS}.xz").write_bytes(lzma.compress(lines.encode(), preset=9))


_KEPT = ("id", "suite", "case", "cluster", "split", "scores", "failed")


def _slim(records: Sequence[Record]) -> Iterable[str]:
    """Yield the lines of a baseline: scores, and the shown sentences by which a changed value is found."""
    for record in records:
        data = asdict(record)
        kept = {name: data[name] for name in _KEPT}
        kept["judged"] = [
            {"text": s.text, "shown": True, "verdict": s.verdict} for s in record.judged if s.shown and s.quotes
        ]
        yield json.dumps(kept, ensure_ascii=False, sort_keys=True)


def _lines(path: Path) -> Iterator[str]:
    packed = path.with_name(f"{path.name}.xz")
    if not path.exists() and not packed.exists():
        return
    with path.open(encoding="utf-8") if path.exists() else lzma.open(packed, "rt", encoding="utf-8") as file:
        yield from (line for line in file if line.strip())
