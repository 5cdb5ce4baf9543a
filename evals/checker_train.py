"""Train the sentence checker: ``python -m evals.checker_train RAGTRUTH_TRAIN.jsonl.gz [--out FILE]``.

Trees on support features, fitted on sentences people marked and on planted faults; calibrated on out-of-fold
margins of the marked sentences alone. The same file and seed give the same JSON.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.isotonic import IsotonicRegression
from sklearn.model_selection import GroupKFold

from app.tutor import facts
from app.tutor.ground import answer_spans, claims_nothing
from app.tutor.support import FEATURES, Passages, claim_of
from app.tutor.trees import WELL_COVERED, Forest, read_model
from corpus.errors import TutorError
from corpus.markdown import plain_text, sections
from evals.faults import TRAINING, Context, plant
from evals.labelled import LabelledAnswer, read_labelled, sha256_of
from ingest.words import words

SEED = 20
FOLDS = 5
MIN_DOCUMENTS = 3
FAULTS_PER_KIND = 1500
ALTERED_FALSE_ALARMS = 0.05
STRICT_FALSE_ALARMS = 0.10
OUT = Path(__file__).parents[1] / "app" / "tutor" / "checker.json"
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Example:
    """A sentence with its features; ``answer`` is an index into the answers, -1 for a planted fault."""

    text: str
    row: list[float]
    unsupported: bool
    source: str
    answer: int
    kind: str = ""


def passage_sentences(passage: str) -> list[str]:
    """Return the sentences of a passage as the sentence check sees them."""
    return [unit.plain for section in sections(passage) for unit in section.units]


def rarity_of(answers: Sequence[LabelledAnswer]) -> dict[str, float]:
    """Return the weight of each stem that three or more passages hold: its scaled inverse document frequency in [0, 1]."""
    passages = {passage for answer in answers for passage in answer.passages}
    counted = Counter(word for passage in passages for word in set(words(passage)))
    total = max(2, len(passages))
    return {
        word: round(math.log(total / count) / math.log(total), 3)
        for word, count in sorted(counted.items())
        if count >= MIN_DOCUMENTS
    }


def examples_of(answers: Sequence[LabelledAnswer], rarity: dict[str, float]) -> list[Example]:
    """Return every sentence of the answers that claims something."""
    found: list[Example] = []
    prepared: dict[tuple[str, ...], Passages] = {}
    for index, answer in enumerate(answers):
        if answer.passages not in prepared:
            prepared = {answer.passages: Passages([passage_sentences(p) for p in answer.passages], rarity)}
        passages = prepared[answer.passages]
        for start, end in answer_spans(answer.answer):
            text = plain_text(answer.answer[start:end])
            if claims_nothing(text):
                continue
            row = passages.features(text)
            found.append(Example(text, row, bool(answer.marks(start, end)), answer.source, index))
    return found


def planted(examples: Sequence[Example], answers: Sequence[LabelledAnswer], rarity: dict[str, float]) -> list[Example]:
    """Return false sentences made of unmarked, well covered ones, at most `FAULTS_PER_KIND` of each kind."""
    rng = Random(SEED)
    sure = well_covered(examples)
    rng.shuffle(sure)
    names = sorted({name for e in sure[:4000] for name in facts.names(e.text) if name[:1].isupper()})
    made: list[tuple[Example, str, str]] = []
    counted: Counter[str] = Counter()
    for example in sure:
        context = Context("\n".join(answers[example.answer].passages), rng.sample(names, min(20, len(names))))
        for kind, text in plant(TRAINING, claim_of(example.text), context, rng).items():
            if counted[kind] < FAULTS_PER_KIND:
                counted[kind] += 1
                made.append((example, kind, text))
    made.sort(key=lambda entry: entry[0].answer)
    found: list[Example] = []
    prepared: dict[int, Passages] = {}
    for example, kind, text in made:
        if example.answer not in prepared:
            sentences = [passage_sentences(p) for p in answers[example.answer].passages]
            prepared = {example.answer: Passages(sentences, rarity)}
        found.append(Example(text, prepared[example.answer].features(text), True, example.source, -1, kind))
    return found


def new_trees() -> HistGradientBoostingClassifier:
    """Return the unfitted trees."""
    return HistGradientBoostingClassifier(
        max_iter=150,
        learning_rate=0.06,
        max_leaf_nodes=12,
        min_samples_leaf=60,
        l2_regularization=5.0,
        early_stopping=False,
        random_state=SEED,
    )


@dataclass(frozen=True)
class Fitted:
    """The two forests of a checker before export, and the logit from which a sentence counts as altered."""

    baseless: HistGradientBoostingClassifier
    altered: HistGradientBoostingClassifier
    altered_from: float


def fit(real: Sequence[Example], faults: Sequence[Example]) -> Fitted:
    """Return forests fitted on marked sentences, and on planted faults against unmarked, well covered sentences."""
    baseless = new_trees().fit(np.array([e.row for e in real]), np.array([e.unsupported for e in real]))
    clean = well_covered(real)
    rows = np.array([e.row for e in [*clean, *faults]])
    changed = np.array([False] * len(clean) + [True] * len(faults))
    held_out = np.zeros(len(rows))
    for kept, left in GroupKFold(3).split(rows, groups=np.array([e.source for e in [*clean, *faults]])):
        held_out[left] = new_trees().fit(rows[kept], changed[kept]).decision_function(rows[left])
    altered_from = float(np.quantile(held_out[~changed], 1 - ALTERED_FALSE_ALARMS))
    return Fitted(baseless, new_trees().fit(rows, changed), round(altered_from, 6))


def well_covered(examples: Sequence[Example]) -> list[Example]:
    """Return the unmarked sentences whose words a single passage nearly all holds."""
    at = FEATURES.index("coverage_passage")
    return [e for e in examples if not e.unsupported and e.row[at] >= WELL_COVERED]


def folds_of(sources: Sequence[str]) -> Array:
    """Return the fold of each entry, all of one source in the same."""
    fold = np.zeros(len(sources))
    splitter = GroupKFold(FOLDS)
    for number, (_, held_out) in enumerate(splitter.split(np.zeros((len(sources), 1)), groups=np.array(sources))):
        fold[held_out] = number
    return fold


def out_of_fold(real: Sequence[Example], faults: Sequence[Example]) -> tuple[Array, list[Fitted]]:
    """Return the margin of each real sentence by trees that saw nothing of its source, and the trees by fold."""
    fold = folds_of([e.source for e in real])
    fold_of_source = {e.source: f for e, f in zip(real, fold, strict=True)}
    margins, models = np.zeros(len(real)), []
    for number in range(FOLDS):
        held_out = np.flatnonzero(fold == number).tolist()
        model = fit(
            [e for e, f in zip(real, fold, strict=True) if f != number],
            [e for e in faults if fold_of_source[e.source] != number],
        )
        margins[held_out] = model.baseless.decision_function(np.array([real[i].row for i in held_out]))
        models.append(model)
    return margins, models


def exported(
    fitted: Fitted,
    margins: Array,
    labels: NDArray[np.bool_],
    rarity: dict[str, float],
    about: dict[str, Any],
) -> dict[str, Any]:
    """Return the JSON form of a checker: trees, calibration on out-of-fold ``margins``, operating points."""
    curve = IsotonicRegression(out_of_bounds="clip", y_min=0.0, y_max=1.0).fit(margins, labels)
    probabilities = curve.predict(margins)
    return {
        "features": list(FEATURES),
        "baseless": _forest(fitted.baseless),
        "altered": _forest(fitted.altered),
        "altered_from": fitted.altered_from,
        "calibration": {
            "x": [round(float(x), 6) for x in curve.X_thresholds_],
            "y": [round(float(y), 6) for y in curve.y_thresholds_],
        },
        "base_rate": round(float(labels.mean()), 6),
        "thresholds": _operating_points(probabilities, labels),
        "rarity": rarity,
        "about": about,
    }


def _operating_points(probabilities: Array, labels: NDArray[np.bool_]) -> dict[str, float]:
    """*strict*: at most 10 % of the sentences people left unmarked are held back; *balanced*: the best F1."""
    strict = float(np.quantile(probabilities[~labels], 1 - STRICT_FALSE_ALARMS))
    candidates = np.unique(probabilities)

    def f1(threshold: float) -> float:
        said = probabilities >= threshold
        return 2 * float((said & labels).sum()) / max(1, int(said.sum()) + int(labels.sum()))

    return {"strict": round(strict, 6), "balanced": round(float(max(candidates, key=f1)), 6)}


def _forest(model: HistGradientBoostingClassifier) -> dict[str, Any]:
    return {
        "bias": float(model._baseline_prediction.ravel()[0]),
        "trees": [_tree(predictor.nodes) for (predictor,) in model._predictors],
    }


def _tree(nodes: Any) -> dict[str, list[float]]:
    leaf = nodes["is_leaf"].astype(bool)
    return {
        "feature": [-1 if end else int(f) for f, end in zip(nodes["feature_idx"], leaf, strict=True)],
        "threshold": [0.0 if end else float(t) for t, end in zip(nodes["num_threshold"], leaf, strict=True)],
        "left": [int(n) for n in nodes["left"]],
        "right": [int(n) for n in nodes["right"]],
        "value": [round(float(v), 6) if end else 0.0 for v, end in zip(nodes["value"], leaf, strict=True)],
    }


def assert_parity(shipped: Forest, model: HistGradientBoostingClassifier, rows: Array) -> float:
    """Return the largest difference between exported and original margins; raises TutorError if it is not negligible."""
    theirs = model.decision_function(rows)
    worst = max(abs(shipped.margin(list(row)) - margin) for row, margin in zip(rows, theirs, strict=True))
    if worst > 1e-3:
        raise TutorError(f"The exported trees differ from the fitted ones by {worst}; nothing was written.")
    return float(worst)


def train(data: Path) -> dict[str, Any]:
    """Return the JSON form of the checker trained on the labelled answers in ``data``."""
    answers = read_labelled(data)
    rarity = rarity_of(answers)
    real = examples_of(answers, rarity)
    faults = planted(real, answers, rarity)
    margins, _ = out_of_fold(real, faults)
    fitted = fit(real, faults)
    labels = np.array([e.unsupported for e in real])
    about = {
        "data": data.name,
        "data_sha256": sha256_of(data),
        "seed": SEED,
        "answers": len(answers),
        "sentences": len(real),
        "planted_faults": dict(sorted(Counter(e.kind for e in faults).items())),
    }
    result = exported(fitted, margins, labels, rarity, about)
    rows = np.array([e.row for e in real[:2000]])
    shipped = read_model(json.dumps(result))
    worst = max(
        assert_parity(shipped.baseless, fitted.baseless, rows), assert_parity(shipped.altered, fitted.altered, rows)
    )
    about["parity"] = round(worst, 7)
    return result


def main(arguments: list[str]) -> int:
    """Train from the file named in ``arguments`` and write the checker; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m evals.checker_train", description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path, default=OUT)
    options = parser.parse_args(arguments)
    try:
        result = train(options.data)
    except TutorError as error:
        print(error, file=sys.stderr)
        return 1
    options.out.write_text(json.dumps(result, separators=(",", ":")) + "\n", encoding="utf-8")
    print(
        json.dumps({**result["about"], "base_rate": result["base_rate"], "thresholds": result["thresholds"]}, indent=1)
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
