"""Gradient-boosted trees read from JSON: the trained layer of the sentence check, without pickle or scikit-learn."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

WELL_COVERED = 0.75
"""Share of words held by one passage from which a sentence may be an altered one; below, it is new."""


@dataclass(frozen=True)
class Tree:
    """A binary tree as parallel lists; ``feature[i] < 0`` marks a leaf with ``value[i]`` in logits."""

    feature: tuple[int, ...]
    threshold: tuple[float, ...]
    left: tuple[int, ...]
    right: tuple[int, ...]
    value: tuple[float, ...]

    def predict(self, row: Sequence[float]) -> float:
        node = 0
        while self.feature[node] >= 0:
            node = self.left[node] if row[self.feature[node]] <= self.threshold[node] else self.right[node]
        return self.value[node]


@dataclass(frozen=True)
class Forest:
    """Boosted trees: the sum of their values and of ``bias`` is a logit."""

    bias: float
    trees: tuple[Tree, ...]

    def margin(self, row: Sequence[float]) -> float:
        """Return the logit for the features ``row``."""
        return self.bias + sum(tree.predict(row) for tree in self.trees)


@dataclass(frozen=True)
class SupportModel:
    """The shipped checker over `app.tutor.support.FEATURES`: two forests, a calibration curve and operating points.

    ``baseless`` learned from sentences people marked and gives the probability; ``altered`` learned from true sentences
    with one planted fault and holds a sentence back from the logit ``altered_from``. ``base_rate`` is the share of
    unsupported sentences in the calibration data; ``thresholds`` are probabilities at that rate. ``rarity`` weighs
    stems; ``about`` says on which data it was trained.
    """

    features: tuple[str, ...]
    baseless: Forest
    altered: Forest
    altered_from: float
    calibration: tuple[tuple[float, ...], tuple[float, ...]]
    base_rate: float
    thresholds: Mapping[str, float]
    rarity: Mapping[str, float]
    about: Mapping[str, Any]

    def is_altered(self, row: Sequence[float]) -> bool:
        """Return whether a sentence whose words a passage holds looks like it with something changed."""
        covered = row[self.features.index("coverage_passage")] >= WELL_COVERED
        return covered and self.altered.margin(row) >= self.altered_from

    def probability(self, row: Sequence[float], base_rate: float | None = None) -> float:
        """Return the probability in (0, 1) that a sentence is unsupported where ``base_rate`` of all sentences are.

        Another base rate than that of the calibration data shifts the odds by Bayes' rule (Saerens, Latinne &
        Decaestecker 2002, Neural Computation 14).
        """
        xs, ys = self.calibration
        margin = self.baseless.margin(row)
        right = min(max(bisect_right(xs, margin), 1), len(xs) - 1)
        span = xs[right] - xs[right - 1]
        share = min(1.0, max(0.0, (margin - xs[right - 1]) / span)) if span > 0 else 0.0
        p = ys[right - 1] + share * (ys[right] - ys[right - 1])
        p = min(max(p, 1e-4), 1 - 1e-4)
        if base_rate is None or base_rate == self.base_rate:
            return p
        odds = p / (1 - p) * (base_rate / (1 - base_rate)) / (self.base_rate / (1 - self.base_rate))
        return odds / (1 + odds)


def read_model(text: str) -> SupportModel:
    """Return the model written as JSON in ``text``."""
    data = json.loads(text)
    return SupportModel(
        features=tuple(data["features"]),
        baseless=_forest(data["baseless"]),
        altered=_forest(data["altered"]),
        altered_from=data["altered_from"],
        calibration=(tuple(data["calibration"]["x"]), tuple(data["calibration"]["y"])),
        base_rate=data["base_rate"],
        thresholds=data["thresholds"],
        rarity=data["rarity"],
        about=data["about"],
    )


def _forest(data: Mapping[str, Any]) -> Forest:
    keys = ("feature", "threshold", "left", "right", "value")
    return Forest(data["bias"], tuple(Tree(*(tuple(tree[key]) for key in keys)) for tree in data["trees"]))


@cache
def shipped_model() -> SupportModel:
    """Return the model that comes with the package."""
    return read_model((files("app.tutor") / "checker.json").read_text(encoding="utf-8"))
