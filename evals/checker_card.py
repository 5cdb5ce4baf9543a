"""The checker card: how good the sentence check itself is.

``python -m evals.checker_card [--ragtruth FILE] [--halueval FILE] [--plain FILE]``
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from app.tutor import facts
from app.tutor.ground import DEPENDENCE, CheckedSpan, Ground, Point, check_answer, claims_nothing, unsupported_score
from app.tutor.reader import PairReader, shipped_reader
from app.tutor.source import Source
from app.tutor.support import claim_of
from app.tutor.trees import SupportModel, read_model, shipped_model
from app.tutor.types import Verdict
from corpus.errors import TutorError
from evals.checker_domain import domain_figures, figures_of
from evals.checker_reader import stored_readings, unseen_sentences
from evals.checker_train import (
    FOLDS,
    SEED,
    Array,
    Example,
    examples_of,
    exported,
    fit_baseless,
    folds_of,
    out_of_fold,
    own_examples,
    planted,
    rarity_of,
    well_covered,
)
from evals.faults import TESTING, Context, plant
from evals.labelled import LabelledAnswer, read_labelled, sha256_of
from evals.statistics import Share

PLANTED_SENTENCES = 3000
RESAMPLES = 2000
BASE_RATES = (0.02, 0.05, 0.13, 0.30)
"""Shares of unsupported sentences: a model that mostly quotes, a good one, the marked answers, a small one."""

_NO_CLAIM = (Verdict.NOT_CHECKABLE, Verdict.ABSTENTION)
Figures = dict[str, Any]


def ragtruth_figures(data: Path) -> Figures:
    """Return figures on answers people marked, each judged by trees that saw nothing of its source."""
    answers = read_labelled(data)
    rarity = rarity_of(answers)
    real = examples_of(answers, rarity)
    faults = planted(real, answers, rarity)
    margins, fold_trees = out_of_fold(real, faults, own_examples(rarity))
    labels = np.array([e.unsupported for e in real])
    models = [
        read_model(json.dumps(exported(trees, margins, labels, rarity, {"fold": number})))
        for number, trees in enumerate(fold_trees)
    ]
    fold_of_source = dict(zip([e.source for e in real], folds_of([e.source for e in real]), strict=True))
    held_out = [models[int(fold_of_source.get(answer.source, 0))] for answer in answers]
    return {
        "data": data.name,
        "data_sha256": sha256_of(data),
        "answer_auroc_trees": _trees_auroc(real, answers, models[0], margins),
        **_answer_figures(answers, held_out),
        "by_base_rate": _by_base_rate(models[0], margins, labels),
        "reliability": _reliability(models[0], margins, labels),
        "leave_one_generator_out": _without_generator(real, answers),
        "planted": _planted_figures(real, answers, held_out),
        "held_out_from_reader": _with_reader_figures(real, answers, held_out),
    }


def _with_reader_figures(
    real: Sequence[Example], answers: Sequence[LabelledAnswer], models: Sequence[SupportModel]
) -> Figures:
    """Return the figures of the answers whose sources the reader has not seen, by trees alone and with the reader.

    The trees are those of the fold that saw nothing of the source; the weights of trees and reader are the shipped ones.
    """
    if shipped_reader() is None or shipped_model().with_reader is None:
        return {}
    unseen = sorted({real[number].answer for number in stored_readings().marked})
    both = [replace(model, with_reader=shipped_model().with_reader) for model in models]
    wrong = np.array([answers[i].unsupported for i in unseen])
    found: Figures = {}
    scores: dict[str, Array] = {}
    for name, reader in (("trees", None), ("with_reader", shipped_reader())):
        found[name], scores[name] = _judged([answers[i] for i in unseen], [both[i] for i in unseen], reader)
    low, high = _auroc_difference(wrong, scores["trees"], scores["with_reader"])
    ours = set(unseen)
    planted_in = _planted_figures([e for e in real if e.answer in ours], answers, both)
    return {**found, "auroc_gain": {"low": low, "high": high}, "planted": planted_in}


def _auroc_difference(wrong: NDArray[np.bool_], before: Array, after: Array) -> tuple[float, float]:
    """Return the 95 % interval of what the AUROC gains, by 2,000 resamples of the answers (percentile bootstrap)."""
    rng = np.random.default_rng(SEED)
    gains = []
    for _ in range(RESAMPLES):
        drawn = rng.integers(0, len(wrong), len(wrong))
        gains.append(roc_auc_score(wrong[drawn], after[drawn]) - roc_auc_score(wrong[drawn], before[drawn]))
    low, high = np.quantile(gains, [0.025, 0.975])
    return round(float(low), 4), round(float(high), 4)


def _trees_auroc(
    real: Sequence[Example], answers: Sequence[LabelledAnswer], model: SupportModel, margins: Array
) -> float:
    """Return the AUROC of answers by the trees on support features alone, without any hard fault."""
    predicted = np.interp(margins, model.calibration.xs, model.calibration.ys)
    doubt = np.zeros(len(answers))
    np.add.at(doubt, [e.answer for e in real], -np.log1p(-np.power(np.clip(predicted, 0, 0.9999), DEPENDENCE)))
    return round(float(roc_auc_score([answer.unsupported for answer in answers], doubt)), 4)


def _by_base_rate(model: SupportModel, margins: Array, labels: NDArray[np.bool_]) -> dict[str, dict[str, float]]:
    """Return, for several shares of unsupported sentences, how precise *strict* is there and the threshold of best F1."""
    predicted = np.interp(margins, model.calibration.xs, model.calibration.ys)
    found = {}
    for rate in BASE_RATES:
        weights = np.where(labels, rate / labels.mean(), (1 - rate) / (1 - labels.mean()))

        def scores(threshold: float, weights: Array = weights) -> tuple[float, float, float]:
            said = predicted >= threshold
            hit = float(weights[said & labels].sum())
            precision, recall = hit / max(1e-9, float(weights[said].sum())), hit / float(weights[labels].sum())
            return 2 * precision * recall / max(1e-9, precision + recall), precision, recall

        best = max(np.unique(predicted), key=lambda threshold: scores(threshold)[0])
        f1, precision, recall = scores(best)
        _, strict_precision, strict_recall = scores(model.thresholds["strict"])
        found[f"{rate:.2f}"] = {
            "strict_precision": round(strict_precision, 4),
            "strict_recall": round(strict_recall, 4),
            "best_threshold": round(float(best), 4),
            "best_f1": round(f1, 4),
            "best_precision": round(precision, 4),
            "best_recall": round(recall, 4),
        }
    return found


def answer_figures(answers: Sequence[LabelledAnswer], model: SupportModel) -> Figures:
    """Return the figures of one model on labelled answers that it was not fitted to."""
    return _answer_figures(answers, [model] * len(answers))


def _answer_figures(answers: Sequence[LabelledAnswer], models: Sequence[SupportModel]) -> Figures:
    return _judged(answers, models, shipped_reader())[0]


def _judged(
    answers: Sequence[LabelledAnswer], models: Sequence[SupportModel], reader: PairReader | None
) -> tuple[Figures, Array]:
    """Return the figures and the score of each answer."""
    started = time.process_time()
    checked = [_checked(answer, model, "strict", reader) for answer, model in zip(answers, models, strict=True)]
    ms = (time.process_time() - started) * 1000 / len(answers)
    scores = np.array([unsupported_score(spans) for spans in checked])
    wrong = np.array([answer.unsupported for answer in answers])
    sentences = [(span, answer) for spans, answer in zip(checked, answers, strict=True) for span in spans]
    claims = [(span, answer) for span, answer in sentences if span.check.verdict not in _NO_CLAIM]
    labels = np.array([bool(answer.marks(span.start, span.end)) for span, answer in claims])
    risks = np.array([1 - span.check.support for span, _ in claims])
    strict = np.array([span.check.verdict is not Verdict.SUPPORTED for span, _ in claims])
    balanced = risks >= 1 - _support_at(models[0], "balanced")
    return {
        "answers": len(answers),
        "answers_unsupported": round(float(wrong.mean()), 4),
        "answer_auroc": round(float(roc_auc_score(wrong, scores)), 4),
        "answer_best_f1": _best_f1(scores, wrong),
        "sentences": len(claims),
        "sentence_auroc": round(float(roc_auc_score(labels, risks)), 4) if 0 < labels.sum() < len(labels) else None,
        "sentence_strict": _prf(strict, labels),
        "sentence_balanced": _prf(balanced, labels),
        "recall_by_type_strict": _recall_by_type(claims, strict),
        "ms_cpu_an_answer": round(ms, 2),
    }, scores


def _checked(answer: LabelledAnswer, model: SupportModel, point: Point, reader: PairReader | None) -> list[CheckedSpan]:
    sources = [Source(str(i), passage) for i, passage in enumerate(answer.passages)]
    return check_answer(answer.answer, sources, point=point, model=model, reader=reader)


def _support_at(model: SupportModel, point: Point) -> float:
    return 1 - model.thresholds[point]


def _prf(said: NDArray[np.bool_], labels: NDArray[np.bool_]) -> dict[str, float]:
    hit = int((said & labels).sum())
    precision, recall = hit / max(1, int(said.sum())), hit / max(1, int(labels.sum()))
    false_alarms = float((said & ~labels).sum()) / max(1, int((~labels).sum()))
    return {
        "precision": round(precision, 4),
        "recall": round(recall, 4),
        "f1": round(2 * precision * recall / max(1e-9, precision + recall), 4),
        "false_alarms": round(false_alarms, 4),
        "balanced_accuracy": round((recall + 1 - false_alarms) / 2, 4),
    }


def _best_f1(scores: Array, labels: NDArray[np.bool_]) -> dict[str, float]:
    """Return the answer-level threshold with the best F1 on these answers, and that F1."""
    candidates = np.quantile(scores, np.linspace(0.01, 0.99, 99))
    best = max(candidates, key=lambda threshold: _prf(scores >= threshold, labels)["f1"])
    return {"threshold": round(float(best), 4), **_prf(scores >= best, labels)}


def _recall_by_type(claims: Sequence[tuple[CheckedSpan, LabelledAnswer]], said: NDArray[np.bool_]) -> dict[str, float]:
    found: dict[str, list[bool]] = defaultdict(list)
    for (span, answer), flagged in zip(claims, said, strict=True):
        for kind in {mark.type for mark in answer.marks(span.start, span.end)}:
            found[kind or "untyped"].append(bool(flagged))
    return {kind: round(sum(hits) / len(hits), 4) for kind, hits in sorted(found.items())}


def _reliability(model: SupportModel, margins: Array, labels: NDArray[np.bool_]) -> list[dict[str, float]]:
    """Return predicted and observed share of unsupported sentences by tenth of the predictions."""
    predicted = np.interp(margins, model.calibration.xs, model.calibration.ys)
    order = np.argsort(predicted, kind="stable")
    return [
        {"predicted": round(float(predicted[part].mean()), 4), "observed": round(float(labels[part].mean()), 4)}
        for part in np.array_split(order, 10)
    ]


def _without_generator(real: Sequence[Example], answers: Sequence[LabelledAnswer]) -> dict[str, float]:
    """Return by generator the sentence AUROC of trees that saw no answer of that generator nor its sources' fold."""
    result = {}
    for generator in sorted({answer.generator for answer in answers}):
        ours = [e for e in real if answers[e.answer].generator == generator]
        others = [e for e in real if answers[e.answer].generator != generator]
        fold = dict(zip([e.source for e in real], folds_of([e.source for e in real]), strict=True))
        margins: list[float] = []
        labels: list[bool] = []
        for number in range(FOLDS):
            rest = [e for e in others if fold[e.source] != number]
            trees = fit_baseless(rest)
            held_out = [e for e in ours if fold[e.source] == number]
            margins.extend(trees.decision_function(np.array([e.row for e in held_out])))
            labels.extend(e.unsupported for e in held_out)
        result[generator] = round(float(roc_auc_score(labels, margins)), 4)
    return result


def _planted_figures(
    real: Sequence[Example], answers: Sequence[LabelledAnswer], models: Sequence[SupportModel]
) -> dict[str, Any]:
    """Return by kind how many faults of the testing generator are caught at *strict*, and false alarms on the originals."""
    rng = Random(SEED + 1)
    sure = well_covered(real)
    rng.shuffle(sure)
    sure = sorted(sure[:PLANTED_SENTENCES], key=lambda e: e.answer)
    names = sorted({name for e in sure for name in facts.names(e.text) if name[:1].isupper()})
    caught: dict[str, list[bool]] = defaultdict(list)
    for example in sure:
        answer = answers[example.answer]
        ground = Ground([Source(str(i), p) for i, p in enumerate(answer.passages)], model=models[example.answer])
        context = Context("\n".join(answer.passages), rng.sample(names, min(20, len(names))))
        true = claim_of(example.text)
        if claims_nothing(true):
            continue
        caught["(none: false alarms)"].append(_held_back(ground, true))
        for kind, text in plant(TESTING, true, context, rng).items():
            caught[kind].append(_held_back(ground, text))
    return {kind: _rate(hits) for kind, hits in sorted(caught.items())}


def _held_back(ground: Ground, text: str) -> bool:
    return ground.check(text).verdict is not Verdict.SUPPORTED


def _rate(hits: Sequence[bool]) -> dict[str, float]:
    low, high = Share(sum(hits), len(hits)).interval
    return {"share": round(sum(hits) / len(hits), 4), "low": round(low, 4), "high": round(high, 4), "n": len(hits)}


def build_card(ragtruth: Path | None, halueval: Path | None, plain: Path | None) -> Figures:
    """Return the card: our own sentences always, and the data given by path (RAGTruth is judged out of fold)."""
    card: Figures = {
        "commit": _commit(),
        "checker": dict(shipped_model().about),
        "thresholds": dict(shipped_model().thresholds),
        "own_frozen": domain_figures("frozen", "strict"),
        "own_frozen_balanced": domain_figures("frozen", "balanced"),
        "own_dev_fitted": domain_figures("dev", "strict"),
        "about_notes_unseen_by_the_reader": figures_of(unseen_sentences(of_notes=True), "strict"),
        "unseen_about_other_notes": figures_of(unseen_sentences(of_notes=False), "strict"),
    }
    if ragtruth is not None:
        card["ragtruth"] = ragtruth_figures(ragtruth)
    if halueval is not None:
        card["halueval"] = answer_figures(read_labelled(halueval), shipped_model())
    if plain is not None:
        card["plain"] = answer_figures(read_labelled(plain), shipped_model())
    return card


def _commit() -> str:
    """Return the commit of this checkout, "" where there is none."""
    try:
        asked = ["git", "-C", str(Path(__file__).parent), "describe", "--always", "--dirty"]
        return subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def main(arguments: list[str]) -> int:
    """Print the card as JSON; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m evals.checker_card", description="How good the sentence check is.")
    for name in ("ragtruth", "halueval", "plain"):
        parser.add_argument(f"--{name}", type=Path)
    options = parser.parse_args(arguments)
    try:
        print(json.dumps(build_card(options.ragtruth, options.halueval, options.plain), indent=1))
    except TutorError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
