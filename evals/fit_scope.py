"""Fits the scope decision on the dev cases: ``python -m evals.fit_scope`` writes ``app/tutor/scope_weights.json``.

Two models, one on top of the other: a logistic regression (L2) on the embedding of the question with its topics masked, and
one on the signals, that one's output among them, and the kind of question: the mean logit of a logistic regression, which also has the
products of the signals with ``named``, and of boosted trees; for other material, where less is known, of the former alone. The
second sees the first's output for questions that the first was not fitted on. The threshold is the one at which the cross-validated
share of false refusals on the dev cases is 3.5 % (6 % for other material). Frozen cases are never read.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from app.tutor import scope
from app.tutor.scope_model import WEIGHTS_PATH, AskedModel, Fitted, Linear, ScopeModel, Signals, Trees
from app.tutor.trees import Forest, Tree
from app.tutor.tutor import Tutor, open_tutor
from evals.case import Answerable, FalsePremise, Paraphrase, Unanswerable, cases_dir, read_cases
from evals.checker_train import exported_forest
from evals.context import note_ids, with_notes

_FALSE_REFUSALS = 0.035
_FALSE_REFUSALS_OTHER = 0.06
_SEEDS = range(3)
_FOLDS = 8
_ASKED_C = 2.0
_SIGNALS_C = 0.3
_OF_THE_PACK = ("familiar", "foreign")

Floats = NDArray[np.float64]
Part = tuple[Callable[[], Any], Callable[["Examples", Floats], Floats]]
"""An unfitted model, and what makes its rows of the examples with the signals given."""


@dataclass(frozen=True)
class Examples:
    """Signals (cases, names), kinds (cases, kinds), embeddings of the masked questions (cases, dimension), and whether
    the notes answer."""

    names: list[str]
    signals: Floats
    kind_names: list[str]
    kinds: Floats
    vectors: Floats
    answerable: NDArray[np.bool_]


def main() -> None:
    """Fit, write the weights and print the cross-validated figures."""
    tutor = open_tutor()
    found = _examples(tutor)
    print(f"{len(found.answerable)} dev cases, {int(found.answerable.sum())} answerable")
    asked = _fit_asked(found.vectors, found.answerable)
    everything = np.arange(len(found.answerable))
    with_asked = _with_familiar(found, _held_out_familiar(found, everything))
    result = Fitted(
        asked=AskedModel(
            source=tutor.pack.id,
            embedder=tutor.material.embedder.name,
            intercept=round(float(asked.intercept_[0]), 4),
            weights=tuple(round(float(w), 4) for w in asked.coef_[0]),
        ),
        pack=_fit_pack(found, with_asked),
        other=_fit_other(found),
    )
    WEIGHTS_PATH.write_text(json.dumps(asdict(result), separators=(",", ":")) + "\n", encoding="utf-8")


def _fit_asked(vectors: Floats, answerable: NDArray[np.bool_]) -> LogisticRegression:
    return LogisticRegression(C=_ASKED_C, max_iter=5000).fit(vectors, answerable)


def _held_out_familiar(found: Examples, rows: NDArray[np.intp]) -> Floats:
    """Return ``familiar`` for ``rows``, each from a model fitted on the other folds of them."""
    values = np.zeros(len(rows))
    for train, test in StratifiedKFold(_FOLDS, shuffle=True, random_state=0).split(rows, found.answerable[rows]):
        model = _fit_asked(found.vectors[rows[train]], found.answerable[rows[train]])
        values[test] = _familiar(model, found.vectors[rows[test]])
    return values


def _familiar(model: LogisticRegression, vectors: Floats) -> Floats:
    fitted = AskedModel("", "", float(model.intercept_[0]), tuple(float(w) for w in model.coef_[0]))
    return np.array([fitted.familiar(vector) for vector in vectors.astype(np.float32)])


def _with_familiar(found: Examples, familiar: Floats) -> Floats:
    signals = found.signals.copy()
    signals[:, found.names.index("familiar")] = familiar
    return signals


def _with_kinds(found: Examples, signals: Floats) -> Floats:
    return np.hstack([signals, found.kinds])


def _with_products(found: Examples, signals: Floats) -> Floats:
    named = signals[:, [found.names.index("named")]]
    return np.hstack([signals, signals * named, found.kinds])


def _of_any_material(found: Examples, signals: Floats) -> Floats:
    kept = [i for i, name in enumerate(found.names) if name not in _OF_THE_PACK]
    named = signals[:, [found.names.index("named")]]
    return np.hstack([signals[:, kept], signals[:, kept] * named, found.kinds])


def _trees() -> HistGradientBoostingClassifier:
    return HistGradientBoostingClassifier(
        max_iter=200,
        learning_rate=0.05,
        max_leaf_nodes=8,
        min_samples_leaf=30,
        l2_regularization=5.0,
        max_features=0.3,
        early_stopping=False,
        random_state=0,
    )


def _regression() -> Pipeline:
    return make_pipeline(StandardScaler(), LogisticRegression(C=_SIGNALS_C, max_iter=10_000))


_PACK: tuple[Part, ...] = ((_regression, _with_products), (_trees, _with_kinds))
_OTHER: tuple[Part, ...] = ((_regression, _of_any_material),)


def _fit_pack(found: Examples, signals: Floats) -> ScopeModel:
    threshold = _threshold("the pack's notes", found, _PACK, _FALSE_REFUSALS)
    linear = _regression().fit(_with_products(found, signals), found.answerable)
    data = exported_forest(_trees().fit(_with_kinds(found, signals), found.answerable))
    forest = Forest(data["bias"], tuple(Tree(**tree) for tree in data["trees"]))
    trees = Trees(tuple(found.names), tuple(found.kind_names), forest)
    return ScopeModel(_exported(linear, found.names, found.kind_names), trees, threshold)


def _fit_other(found: Examples) -> ScopeModel:
    threshold = _threshold("other material", found, _OTHER, _FALSE_REFUSALS_OTHER)
    linear = _regression().fit(_of_any_material(found, found.signals), found.answerable)
    names = [name for name in found.names if name not in _OF_THE_PACK]
    return ScopeModel(_exported(linear, names, found.kind_names), None, threshold)


def _exported(model: Pipeline, names: Sequence[str], kinds: Sequence[str]) -> Linear:
    """Return the regression with its scaling worked into the weights."""
    scaler, fitted = model
    weights = fitted.coef_[0] / scaler.scale_
    rounded = [round(float(w), 4) for w in weights]
    return Linear(
        intercept=round(float(fitted.intercept_[0] - np.sum(weights * scaler.mean_)), 4),
        shared=dict(zip(names, rounded, strict=False)),
        if_named=dict(zip(names, rounded[len(names) :], strict=False)),
        kinds=dict(zip(kinds, rounded[2 * len(names) :], strict=True)),
    )


def _threshold(title: str, found: Examples, parts: Sequence[Part], false_refusals: float) -> float:
    """Return the probability below which the cross-validated share of ``false_refusals`` lies; print what it refuses."""
    held_out = np.mean([_held_out(found, seed, parts) for seed in _SEEDS], axis=0)
    threshold = float(np.quantile(held_out[found.answerable], false_refusals))
    refused = held_out < threshold
    print(
        f"{title}: threshold {threshold:.3f}; cross-validated: {refused[found.answerable].mean():.1%} false refusals,"
        f" {refused[~found.answerable].mean():.1%} refused rightly"
    )
    return round(threshold, 4)


def _held_out(found: Examples, seed: int, parts: Sequence[Part]) -> Floats:
    """Return the probability of each case by models, both layers of them, that did not see it."""
    logits = np.zeros(len(found.answerable))
    for train, test in StratifiedKFold(_FOLDS, shuffle=True, random_state=seed).split(found.signals, found.answerable):
        familiar = np.zeros(len(found.answerable))
        familiar[train] = _held_out_familiar(found, train)
        familiar[test] = _familiar(_fit_asked(found.vectors[train], found.answerable[train]), found.vectors[test])
        signals = _with_familiar(found, familiar)
        for model, features in parts:
            rows = features(found, signals)
            fitted = model().fit(rows[train], found.answerable[train])
            logits[test] += fitted.decision_function(rows[test]) / len(parts)
    probability: Floats = 1 / (1 + np.exp(-logits))
    return probability


def _examples(tutor: Tutor) -> Examples:
    folder, here = cases_dir(), note_ids(tutor)
    cases: list[tuple[str, bool]] = [
        *(
            (case.question, True)
            for case in with_notes(read_cases(Answerable, folder / "answerable.jsonl", "dev"), here)
        ),
        *(
            (case.question, True)
            for case in with_notes(read_cases(FalsePremise, folder / "false_premise.jsonl", "dev"), here)
        ),
        *(
            (question, True)
            for case in with_notes(read_cases(Paraphrase, folder / "paraphrase.jsonl", "dev"), here)
            for question in case.questions
        ),
        *((case.question, False) for case in read_cases(Unanswerable, folder / "unanswerable.jsonl", "dev")),
    ]
    signals: list[list[float]] = []
    vectors: list[NDArray[np.float32]] = []
    answerable: list[bool] = []
    kinds: list[str] = []
    for text, answered in cases:
        question = tutor.understand(text)
        if question.is_chat:
            continue
        retrieved = tutor.retriever.retrieve(question.standalone)
        signals.append(list(asdict(scope.signals(question, retrieved, tutor.material)).values()))
        vectors.append(tutor.material.embed_text(scope.masked(question)))
        answerable.append(answered)
        kinds.append(question.kind)
    names = list(Signals.__dataclass_fields__)
    kind_names = sorted(set(kinds))
    return Examples(
        names=names,
        signals=np.array(signals),
        kind_names=kind_names,
        kinds=np.array([[float(kind == name) for name in kind_names] for kind in kinds]),
        vectors=np.array(vectors, dtype=np.float64),
        answerable=np.array(answerable),
    )


if __name__ == "__main__":
    main()
