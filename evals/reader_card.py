"""What the reader adds to the trees: ``python -m evals.reader_card RAGTRUTH_TRAIN.jsonl.gz``, under a minute of one core.

On the sentences that the reader has not seen, from its stored readings; the trees are those of folds that saw nothing
of the source, and the weights of trees and reader are fitted on the other folds. Rules are left out on both sides.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from app.tutor.ground import DEPENDENCE
from app.tutor.trees import weighed_values
from corpus.errors import TutorError
from evals.checker_reader import stored_readings
from evals.checker_train import FOLDS, SEED, Array, baseless_out_of_fold, examples_of, folds_of, rarity_of
from evals.labelled import read_labelled

RESAMPLES = 1000
FALSE_ALARMS = 0.10
BASE_RATE = 0.26
"""Share of marked answers in RAGTruth's own test split, at which F1 is given too."""
Labels = NDArray[np.bool_]


def reader_card(data: Path) -> dict[str, Any]:
    """Return figures of trees alone and of trees with the reader, and the 95 % interval of the gain (by source)."""
    answers = read_labelled(data)
    real = examples_of(answers, rarity_of(answers))
    margins, readings = baseless_out_of_fold(real), stored_readings().marked
    at = sorted(readings)
    values = np.array([weighed_values(float(margins[i]), readings[i]) for i in at])
    labels = np.array([real[i].unsupported for i in at])
    fold = folds_of([real[i].source for i in at])
    numbers, answer_of = np.unique([real[i].answer for i in at], return_inverse=True)
    wrong = np.array([answers[i].unsupported for i in numbers])
    card: dict[str, Any] = {
        "sentences": len(at),
        "answers": len(numbers),
        "answers_unsupported": round(wrong.mean(), 4),
    }
    doubts = {}
    for name, columns in (("trees", [0]), ("reader", [1, 2]), ("both", [0, 1, 2])):
        predicted = _cross_fitted(values[:, columns], labels, fold)
        doubts[name] = np.zeros(len(numbers))
        np.add.at(doubts[name], answer_of, -np.log1p(-np.power(predicted, DEPENDENCE)))
        cut = np.quantile(predicted[~labels], 1 - FALSE_ALARMS)
        card[name] = {
            "sentence_auroc": round(float(roc_auc_score(labels, predicted)), 4),
            "sentence_recall_at_strict": round(float((predicted[labels] >= cut).mean()), 4),
            "answer_auroc": round(float(roc_auc_score(wrong, doubts[name])), 4),
            "answer_best_f1": _best_f1(doubts[name], wrong, float(wrong.mean())),
            "answer_best_f1_where_26_percent_are_marked": _best_f1(doubts[name], wrong, BASE_RATE),
        }
    sources = np.array([answers[i].source for i in numbers])
    card["answer_auroc_gain"] = _gain(doubts["trees"], doubts["both"], wrong, sources)
    return card


def _cross_fitted(values: Array, labels: Labels, fold: Array) -> Array:
    predicted = np.zeros(len(labels))
    for number in range(FOLDS):
        fitted = LogisticRegression().fit(values[fold != number], labels[fold != number])
        predicted[fold == number] = fitted.predict_proba(values[fold == number])[:, 1]
    return predicted.clip(0, 0.9999)


def _best_f1(doubts: Array, wrong: Labels, base_rate: float) -> float:
    weights = np.where(wrong, base_rate / wrong.mean(), (1 - base_rate) / (1 - wrong.mean()))

    def f1(cut: float) -> float:
        said = doubts >= cut
        return 2 * float(weights[said & wrong].sum()) / float(weights[said].sum() + weights[wrong].sum())

    return round(max(map(f1, np.quantile(doubts, np.linspace(0.05, 0.95, 91)))), 4)


def _gain(before: Array, after: Array, wrong: Labels, sources: NDArray[np.str_]) -> list[float]:
    """Return the gain in AUROC and its 95 % interval, by resampling the sources."""
    rng, names = np.random.default_rng(SEED), np.unique(sources)
    of_source = [np.flatnonzero(sources == name) for name in names]
    gains = []
    for _ in range(RESAMPLES):
        drawn = np.concatenate([of_source[i] for i in rng.integers(0, len(names), len(names))])
        gains.append(roc_auc_score(wrong[drawn], after[drawn]) - roc_auc_score(wrong[drawn], before[drawn]))
    gain = roc_auc_score(wrong, after) - roc_auc_score(wrong, before)
    return [round(float(value), 4) for value in (gain, *np.quantile(gains, [0.025, 0.975]))]


def main(arguments: list[str]) -> int:
    """Print the card as JSON; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m evals.reader_card", description="What the reader adds.")
    parser.add_argument("data", type=Path)
    try:
        print(json.dumps(reader_card(parser.parse_args(arguments).data), indent=1))
    except TutorError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
