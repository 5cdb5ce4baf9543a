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
from app.tutor.source import units_of
from app.tutor.support import FEATURES, Passages, claim_of
from app.tutor.trees import WELL_COVERED, Forest, read_model
from corpus.errors import TutorError
from corpus.markdown import plain_text, sections
from evals.checker_domain import own_sentences
from evals.checker_reader import READINGS, doubt_weights, reader_weights, stored_readings
from evals.errors import EvalError
from evals.faults import TRAINING, Context, plant
from evals.labelled import LabelledAnswer, read_labelled, sha256_of
from ingest.words import words

SEED = 20
FOLDS = 5
MIN_DOCUMENTS = 3
FAULTS_PER_KIND = 1500
ALTERED_FALSE_ALARMS = 0.03
OWN_WEIGHT = 2
OWN, RATIONALE = "own", "rationale"
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


def own_examples(rarity: dict[str, float]) -> tuple[list[Example], list[Example]]:
    """Return (true sentences about our notes, false ones by hand or by a planted fault), for the trees of altered ones."""
    rng = Random(SEED)
    own = own_sentences()
    names = sorted({name for e in own for name in facts.names(e.sentence) if name[:1].isupper()})
    true: list[Example] = []
    false: list[Example] = []
    for entry in own:
        sentences = [[unit.plain for unit in units_of(source)] for source in entry.sources]
        passages = Passages(sentences, rarity, [source.heading for source in entry.sources])
        text = claim_of(plain_text(entry.sentence))
        kind = RATIONALE if entry.rationale else OWN
        example = Example(text, passages.features(text), not entry.supported, entry.group, -1, kind)
        (true if entry.supported else false).append(example)
        if entry.supported:
            context = Context("\n".join(source.text for source in entry.sources), rng.sample(names, 20))
            for kind, altered in plant(TRAINING, text, context, rng).items():
                false.append(Example(altered, passages.features(altered), True, entry.group, -1, kind))
    return true, false


def new_trees() -> HistGradientBoostingClassifier:
    """Return the unfitted trees."""
    return HistGradientBoostingClassifier(
        max_iter=200,
        learning_rate=0.06,
        max_leaf_nodes=10,
        min_samples_leaf=60,
        l2_regularization=5.0,
        max_features=0.3,
        early_stopping=False,
        random_state=SEED,
    )


@dataclass(frozen=True)
class Fitted:
    """The two forests of a checker before export, and the logit from which a sentence counts as altered."""

    baseless: HistGradientBoostingClassifier
    altered: HistGradientBoostingClassifier
    altered_from: float


Own = tuple[Sequence[Example], Sequence[Example]]


def fit(real: Sequence[Example], faults: Sequence[Example], own: Own = ((), ())) -> Fitted:
    """Return forests fitted on marked sentences, and on planted faults against unmarked, well covered sentences.

    ``own`` are true and false sentences about our notes, which count for the second forest only.
    """
    baseless = fit_baseless(real)
    clean = [*well_covered(real), *(e for e in own[0] for _ in range(OWN_WEIGHT))]
    altered = [*faults, *own[1]]
    rows = np.array([e.row for e in [*clean, *altered]])
    changed = np.array([False] * len(clean) + [True] * len(altered))
    held_out = np.zeros(len(rows))
    for kept, left in GroupKFold(3).split(rows, groups=np.array([e.source for e in [*clean, *altered]])):
        held_out[left] = new_trees().fit(rows[kept], changed[kept]).decision_function(rows[left])
    ours = np.array([e.kind == OWN for e in [*clean, *altered]])
    altered_from = max(
        float(np.quantile(held_out[part & ~changed], 1 - ALTERED_FALSE_ALARMS))
        for part in (ours, ~ours)
        if (part & ~changed).any()
    )
    trees = new_trees().fit(rows, changed)
    # No rationale in the bank may be held back: each has been read and found to follow from its quotes.
    read = [e.row for e in well_covered(own[0]) if e.kind == RATIONALE]
    if read:
        altered_from = max(altered_from, float(trees.decision_function(np.array(read)).max()) + 1e-4)
    return Fitted(baseless, trees, round(altered_from, 6))


def fit_baseless(real: Sequence[Example]) -> HistGradientBoostingClassifier:
    """Return trees fitted on marked sentences.

    An unmarked sentence of an answer with marked ones counts half: annotators overlook some of what is wrong there.
    """
    wrong = {e.answer for e in real if e.unsupported}
    weights = [0.5 if e.answer in wrong and not e.unsupported else 1.0 for e in real]
    return new_trees().fit(np.array([e.row for e in real]), np.array([e.unsupported for e in real]), weights)


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


def baseless_out_of_fold(real: Sequence[Example]) -> Array:
    """Return the margin of each real sentence by trees that saw nothing of its source."""
    fold, margins = folds_of([e.source for e in real]), np.zeros(len(real))
    for number in range(FOLDS):
        trees = fit_baseless([e for e, f in zip(real, fold, strict=True) if f != number])
        held_out = np.flatnonzero(fold == number).tolist()
        margins[held_out] = trees.decision_function(np.array([real[i].row for i in held_out]))
    return margins


def out_of_fold(real: Sequence[Example], faults: Sequence[Example], own: Own = ((), ())) -> tuple[Array, list[Fitted]]:
    """Return the margin of each real sentence by trees that saw nothing of its source, and the trees by fold."""
    fold = folds_of([e.source for e in real])
    fold_of_source = {e.source: f for e, f in zip(real, fold, strict=True)}
    margins, models = np.zeros(len(real)), []
    for number in range(FOLDS):
        held_out = np.flatnonzero(fold == number).tolist()
        model = fit(
            [e for e, f in zip(real, fold, strict=True) if f != number],
            [e for e in faults if fold_of_source[e.source] != number],
            own,
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
        "baseless": exported_forest(fitted.baseless),
        "altered": exported_forest(fitted.altered),
        "altered_from": fitted.altered_from,
        "calibration": {
            "x": [round(float(x), 6) for x in curve.X_thresholds_],
            "y": [round(float(y), 6) for y in curve.y_thresholds_],
        },
        "base_rate": round(float(labels.mean()), 6),
        "thresholds": operating_points(probabilities, labels),
        "rarity": rarity,
        "about": about,
    }


def operating_points(probabilities: Array, labels: NDArray[np.bool_]) -> dict[str, float]:
    """*strict*: at most 10 % of the sentences people left unmarked are held back; *balanced*: the best F1."""
    strict = float(np.quantile(probabilities[~labels], 1 - STRICT_FALSE_ALARMS))
    candidates = np.unique(probabilities)

    def f1(threshold: float) -> float:
        said = probabilities >= threshold
        return 2 * float((said & labels).sum()) / max(1, int(said.sum()) + int(labels.sum()))

    return {"strict": round(strict, 6), "balanced": round(float(max(candidates, key=f1)), 6)}


def reliability(logits: Array, labels: NDArray[np.bool_], sources: Sequence[str]) -> list[dict[str, float]]:
    """Return by tenth of the range of probability how many sentences were predicted so, the mean, and the share unsupported.

    Each fold is calibrated by the others: a curve says nothing of itself on the sentences that it was fitted to.
    """
    fold, predicted = folds_of(sources), np.zeros(len(logits))
    for number in range(FOLDS):
        rest, ours = fold != number, fold == number
        curve = IsotonicRegression(out_of_bounds="clip", y_min=0.0, y_max=1.0).fit(logits[rest], labels[rest])
        predicted[ours] = curve.predict(logits[ours])
    tenth = np.minimum(9, (predicted * 10).astype(int))
    return [
        {
            "predicted": round(float(predicted[tenth == i].mean()), 4),
            "observed": round(float(labels[tenth == i].mean()), 4),
            "sentences": int((tenth == i).sum()),
        }
        for i in range(10)
        if (tenth == i).any()
    ]


def exported_forest(model: HistGradientBoostingClassifier) -> dict[str, Any]:
    """Return fitted trees as `app.tutor.trees.Forest` reads them."""
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
    own = own_examples(rarity)
    margins = baseless_out_of_fold(real)
    fitted = fit(real, faults, own)
    labels = np.array([e.unsupported for e in real])
    about = {
        "data": data.name,
        "data_sha256": sha256_of(data),
        "seed": SEED,
        "answers": len(answers),
        "sentences": len(real),
        "own_true": len(own[0]),
        "own_false": len(own[1]),
        "planted_faults": dict(sorted(Counter(e.kind for e in faults).items())),
    }
    result = exported(fitted, margins, labels, rarity, about)
    rows = np.array([e.row for e in real[:2000]])
    shipped = read_model(json.dumps(result))
    worst = max(
        assert_parity(shipped.baseless, fitted.baseless, rows), assert_parity(shipped.altered, fitted.altered, rows)
    )
    about["parity"] = round(worst, 7)
    return with_reader(result, margins, labels, [e.source for e in real])


def with_reader(
    checker: dict[str, Any], margins: Array, labels: NDArray[np.bool_], sources: Sequence[str]
) -> dict[str, Any]:
    """Return the JSON form of ``checker`` with trees and reader weighed, as it is without a reader.

    Raises:
        EvalError: the reader was trained on other data.
    """
    if not READINGS.is_file():
        return checker
    readings = stored_readings()
    if readings.data_sha256 != checker["about"]["data_sha256"]:
        raise EvalError(
            "The reader was trained on other data; train it first: python -m evals.reader_train DATA PAIRS."
        )
    at = np.array(sorted(readings.marked))
    weighed, logits, probabilities = reader_weights(margins[at], [readings.marked[i] for i in at], labels[at])
    weighed |= {"thresholds": operating_points(probabilities, labels[at])}
    weighed |= doubt_weights(read_model(json.dumps({k: v for k, v in checker.items() if k != "with_reader"})))
    bins = reliability(logits, labels[at], [sources[i] for i in at])
    return {**checker, "with_reader": weighed, "reliability": bins}


def weigh_reader(data: Path, checker: Path) -> dict[str, Any]:
    """Return the JSON form of ``checker`` with the reader weighed anew and its trees as they are."""
    result: dict[str, Any] = json.loads(checker.read_text(encoding="utf-8"))
    answers = read_labelled(data)
    real = examples_of(answers, rarity_of(answers))
    labels = np.array([e.unsupported for e in real])
    return with_reader(result, baseless_out_of_fold(real), labels, [e.source for e in real])


def main(arguments: list[str]) -> int:
    """Train from the file named in ``arguments`` and write the checker; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m evals.checker_train", description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--reader-only", action="store_true", help="weigh the reader anew, leave the trees as they are")
    options = parser.parse_args(arguments)
    try:
        result = weigh_reader(options.data, options.out) if options.reader_only else train(options.data)
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
