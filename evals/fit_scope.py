"""Fits the scope decision on the dev cases: ``python -m evals.fit_scope`` writes ``app/tutor/scope_weights.json``.

Logistic regression (L2) on the signals and their products with ``named``. The threshold is the one at which the
cross-validated share of false refusals on the dev cases is 3 %. Frozen cases are never read.
"""

from __future__ import annotations

import json
from dataclasses import asdict

import numpy as np
from numpy.typing import NDArray

from app.tutor import scope
from app.tutor.tutor import Tutor, open_tutor
from evals.answers import note_ids, with_notes
from evals.case import Answerable, FalsePremise, Paraphrase, Unanswerable, cases_dir, read_cases

_FALSE_REFUSALS = 0.03
_SEEDS = range(5)


def main() -> None:
    """Fit, write the weights and print the cross-validated figures."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold, cross_val_predict
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    tutor = open_tutor()
    names, values, labels = _examples(tutor)
    features = np.hstack([values, values * values[:, [names.index("named")]]])
    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.3, max_iter=10_000))
    held_out = np.mean(
        [
            cross_val_predict(
                model, features, labels, cv=StratifiedKFold(8, shuffle=True, random_state=seed), method="predict_proba"
            )[:, 1]
            for seed in _SEEDS
        ],
        axis=0,
    )
    threshold = float(np.quantile(held_out[labels], _FALSE_REFUSALS))
    model.fit(features, labels)
    scaler, fitted = model[0], model[1]
    weights = fitted.coef_[0] / scaler.scale_
    intercept = float(fitted.intercept_[0] - np.sum(weights * scaler.mean_))
    result = scope.ScopeModel(
        intercept=round(intercept, 4),
        shared={name: round(float(w), 4) for name, w in zip(names, weights, strict=False)},
        if_named={name: round(float(w), 4) for name, w in zip(names, weights[len(names) :], strict=True)},
        threshold=round(threshold, 4),
    )
    scope.WEIGHTS_PATH.write_text(json.dumps(asdict(result), indent=1) + "\n", encoding="utf-8")
    refused = held_out < threshold
    print(f"{len(labels)} dev cases, {int(labels.sum())} answerable; threshold {threshold:.3f}")
    print(
        f"cross-validated: {refused[labels].mean():.1%} false refusals, {refused[~labels].mean():.1%} refused rightly"
    )


def _examples(tutor: Tutor) -> tuple[list[str], NDArray[np.float64], NDArray[np.bool_]]:
    """Return signal names, their values (cases, signals), and whether each case can be answered."""
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
    rows: list[list[float]] = []
    labels: list[bool] = []
    for text, answerable in cases:
        question = tutor.understand(text)
        if question.is_chat:
            continue
        retrieved = tutor.retriever.retrieve(question.standalone)
        rows.append(list(asdict(scope.signals(question, retrieved, tutor.material)).values()))
        labels.append(answerable)
    names = list(scope.Signals.__dataclass_fields__)
    return names, np.array(rows), np.array(labels)


if __name__ == "__main__":
    main()
