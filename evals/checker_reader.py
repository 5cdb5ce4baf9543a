"""How the trees and the reader are weighed: fitted on readings of sentences that the reader had not seen.

`evals.reader_train` writes those readings; `evals.checker_train` puts the weights into the checker.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

from app.tutor.ground import Ground
from app.tutor.reader import Reading
from app.tutor.trees import SupportModel, doubted_values, weighed_values
from evals.case import DomainSentence
from evals.checker_domain import claims, ground_of, learned_sentences

READINGS = Path(__file__).parent / "readings.npz"
DOUBT_FALSE_ALARMS = 0.05
"""So many of the true sentences about notes may be doubted."""
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Readings:
    """What the reader says of sentences that it had not seen, by their number in the training data.

    ``marked`` are those of answers, the others those of `learned_sentences`: about ``notes`` of which it learned
    nothing, and single ``sentences`` about notes of which it learned others.
    """

    marked: dict[int, Reading]
    notes: dict[int, Reading]
    sentences: dict[int, Reading]
    data_sha256: str


def stored_readings() -> Readings:
    """Return the readings that the training of the reader left."""
    stored = np.load(READINGS)
    marked, notes, sentences = (
        {
            int(at): Reading(float(row[0]), float(row[1]), float(row[2]), "", float(row[3]))
            for at, row in zip(stored[f"{name}_at"], stored[name], strict=True)
        }
        for name in ("marked", "notes", "sentences")
    )
    return Readings(marked, notes, sentences, str(stored["data_sha256"]))


def unseen_sentences(of_notes: bool) -> list[DomainSentence]:
    """Return the sentences that the reader has not seen, about notes it knows nothing of or about others."""
    learned, readings = learned_sentences(), stored_readings()
    return [learned[number] for number in sorted(readings.notes if of_notes else readings.sentences)]


def reader_weights(
    baseless: Array, read: Sequence[Reading], labels: NDArray[np.bool_]
) -> tuple[dict[str, Any], Array, Array]:
    """Return weights and curve of the probability in the checker's JSON form, and logit and probability of each sentence."""
    values = np.array([weighed_values(float(margin), reading) for margin, reading in zip(baseless, read, strict=True)])
    fitted = LogisticRegression().fit(values, labels)
    logits = fitted.decision_function(values)
    curve = IsotonicRegression(out_of_bounds="clip", y_min=0.0, y_max=1.0).fit(logits, labels)
    points = {
        "x": [round(float(x), 6) for x in curve.X_thresholds_],
        "y": [round(float(y), 6) for y in curve.y_thresholds_],
    }
    return {"weights": _weights(fitted), "curve": points}, logits, curve.predict(logits)


def doubt_weights(model: SupportModel) -> dict[str, Any]:
    """Return weights and operating point of the doubt about sentences on notes, in the checker's JSON form.

    Fitted on the claims that neither the reader nor the trees of ``model`` have learned from.
    """
    readings, learned = stored_readings(), learned_sentences()
    first = len(learned) - len(claims())
    read = {at: reading for at, reading in (readings.notes | readings.sentences).items() if at >= first}
    grounds: dict[tuple[str, ...], Ground] = {}
    values = []
    for at, reading in read.items():
        case = learned[at]
        ground = grounds.setdefault(case.notes, ground_of(case, "strict", model))
        values.append(doubted_values(model.altered.margin(ground.features(case.sentence)), reading))
    false = np.array([not learned[at].supported for at in read])
    fitted = LogisticRegression().fit(np.array(values), false)
    logits = fitted.decision_function(np.array(values))
    return {
        "doubt": _weights(fitted),
        "doubt_from": round(float(np.quantile(logits[~false], 1 - DOUBT_FALSE_ALARMS)), 6),
    }


def _weights(fitted: LogisticRegression) -> dict[str, Any]:
    return {
        "bias": round(float(fitted.intercept_[0]), 6),
        "values": [round(float(weight), 6) for weight in fitted.coef_[0]],
    }
