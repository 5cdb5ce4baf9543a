"""Human verdicts on sentences of a run, and the grounded share that they and the judge give together."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from evals.errors import EvalError
from evals.judges import NO_CLAIM
from evals.record import Record
from evals.statistics import prediction_powered


def corrected_by(records: Sequence[Record], path: Path) -> dict[str, float]:
    """Return value, low and high of the grounded share of shown claims, prediction-powered, and the number of labels used.

    ``path`` is a JSONL file with lines ``{"case": id, "sentence": text, "supported": true}``; labels for sentences that this run does not show
    are left out. The labelled sentences must be a random sample of the run's for the interval to hold.

    Raises:
        EvalError: the file or a line of it cannot be read.
    """
    said = read_labels(path)
    labelled, rest = [], []
    for record in records:
        for sentence in record.judged:
            if sentence.shown and sentence.verdict not in NO_CLAIM:
                judge = float(sentence.verdict == "supported")
                human = said.get((record.id, sentence.text))
                if human is None:
                    rest.append(judge)
                else:
                    labelled.append((judge, float(human)))
    value, low, high = prediction_powered(rest, labelled)
    return {"value": value, "low": low, "high": high, "labels": len(labelled)}


def read_labels(path: Path) -> dict[tuple[str, str], bool]:
    """Return by (case, sentence) whether a person found the sentence supported.

    Raises:
        EvalError: the file or a line of it cannot be read.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise EvalError(f"{path} cannot be read; give a JSONL file of labels.") from error
    found = {}
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                row = json.loads(line)
                found[str(row["case"]), str(row["sentence"])] = bool(row["supported"])
            except (ValueError, KeyError, TypeError) as error:
                raise EvalError(f"{path}, line {number}: a label needs case, sentence and supported.") from error
    return found
