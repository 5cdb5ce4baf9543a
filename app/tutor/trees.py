"""Gradient-boosted trees read from JSON: the trained layer of the sentence check, without pickle or scikit-learn."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Protocol

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
class Curve:
    """Logits to probabilities: straight between the points (``xs``, ``ys``), flat beyond them."""

    xs: tuple[float, ...]
    ys: tuple[float, ...]

    def at(self, logit: float) -> float:
        right = min(max(bisect_right(self.xs, logit), 1), len(self.xs) - 1)
        span = self.xs[right] - self.xs[right - 1]
        share = min(1.0, max(0.0, (logit - self.xs[right - 1]) / span)) if span > 0 else 0.0
        p = self.ys[right - 1] + share * (self.ys[right] - self.ys[right - 1])
        return min(max(p, 1e-4), 1 - 1e-4)


@dataclass(frozen=True)
class Weights:
    """A logistic regression: ``bias`` and one weight for each value."""

    bias: float
    values: tuple[float, ...]

    def logit(self, values: Sequence[float]) -> float:
        return self.bias + sum(weight * value for weight, value in zip(self.values, values, strict=True))


class Read(Protocol):
    """The logits of the reader, as in `app.tutor.reader.Reading`."""

    @property
    def marked(self) -> float: ...
    @property
    def false(self) -> float: ...
    @property
    def closest(self) -> float | None: ...
    @property
    def word(self) -> float: ...


@dataclass(frozen=True)
class WithReader:
    """How trees and reader are weighed against each other, fitted on readings of sentences that the reader had not seen.

    ``weights`` over `weighed_values` give the probability through ``curve``, fitted on marked sentences of answers.
    ``doubt`` over `doubted_values`, fitted on sentences about notes, holds a sentence back from the logit ``doubt_from``.
    """

    weights: Weights
    curve: Curve
    thresholds: Mapping[str, float]
    doubt: Weights
    doubt_from: float


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
    calibration: Curve
    base_rate: float
    thresholds: Mapping[str, float]
    rarity: Mapping[str, float]
    about: Mapping[str, Any]
    with_reader: WithReader | None = None

    def is_altered(self, row: Sequence[float]) -> bool:
        """Return whether a sentence whose words a passage holds looks like it with something changed."""
        covered = row[self.features.index("coverage_passage")] >= WELL_COVERED
        return covered and self.altered.margin(row) >= self.altered_from

    def is_doubted(self, row: Sequence[float], read: Read) -> bool:
        """Return whether trees and reader together find that a sentence does not follow from the passages."""
        if self.with_reader is None:
            return False
        values = doubted_values(self.altered.margin(row), read)
        return self.with_reader.doubt.logit(values) >= self.with_reader.doubt_from

    def threshold(self, point: str, read: Read | None = None) -> float:
        """Return the probability from which a sentence is not supported."""
        return (
            self.thresholds[point] if read is None or self.with_reader is None else self.with_reader.thresholds[point]
        )

    def probability(self, row: Sequence[float], read: Read | None = None, base_rate: float | None = None) -> float:
        """Return the probability in (0, 1) that a sentence is unsupported where ``base_rate`` of all sentences are.

        Another base rate than that of the calibration data shifts the odds by Bayes' rule (Saerens, Latinne &
        Decaestecker 2002, Neural Computation 14).
        """
        margin = self.baseless.margin(row)
        if read is None or self.with_reader is None:
            p = self.calibration.at(margin)
        else:
            p = self.with_reader.curve.at(self.with_reader.weights.logit(weighed_values(margin, read)))
        if base_rate is None or base_rate == self.base_rate:
            return p
        odds = p / (1 - p) * (base_rate / (1 - base_rate)) / (self.base_rate / (1 - self.base_rate))
        return odds / (1 + odds)


def weighed_values(baseless: float, read: Read) -> tuple[float, float, float, float]:
    """Return what `WithReader.weights` weigh: is a sentence made up, by trees fitted to marked sentences and by the reader?"""
    return baseless, read.marked, read.false, read.word


def doubted_values(altered: float, read: Read) -> tuple[float, float, float]:
    """Return what `WithReader.doubt` weighs: is something turned round, by trees fitted to planted faults and by the reader?"""
    return altered, read.false, read.false if read.closest is None else read.closest


def read_model(text: str) -> SupportModel:
    """Return the model written as JSON in ``text``."""
    data = json.loads(text)
    return SupportModel(
        features=tuple(data["features"]),
        baseless=_forest(data["baseless"]),
        altered=_forest(data["altered"]),
        altered_from=data["altered_from"],
        calibration=_curve(data["calibration"]),
        base_rate=data["base_rate"],
        thresholds=data["thresholds"],
        rarity=data["rarity"],
        about=data["about"],
        with_reader=_with_reader(data["with_reader"]) if "with_reader" in data else None,
    )


def _curve(data: Mapping[str, Any]) -> Curve:
    return Curve(tuple(data["x"]), tuple(data["y"]))


def _with_reader(data: Mapping[str, Any]) -> WithReader:
    return WithReader(
        _weights(data["weights"]),
        _curve(data["curve"]),
        data["thresholds"],
        _weights(data["doubt"]),
        data["doubt_from"],
    )


def _weights(data: Mapping[str, Any]) -> Weights:
    return Weights(data["bias"], tuple(data["values"]))


def _forest(data: Mapping[str, Any]) -> Forest:
    keys = ("feature", "threshold", "left", "right", "value")
    return Forest(data["bias"], tuple(Tree(*(tuple(tree[key]) for key in keys)) for tree in data["trees"]))


@cache
def shipped_model() -> SupportModel:
    """Return the model that comes with the package."""
    return read_model((files("app.tutor") / "checker.json").read_text(encoding="utf-8"))
