"""Intervals and differences for shares and ratios: Wilson, bootstrap clustered by source, kappa, prediction-powered.

Every figure of a run is a ratio of sums over cases: a case gives a numerator and a denominator, and a case that
says nothing about a figure (an answer without a claim, say) has the denominator 0 and counts neither for nor against it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import sqrt
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
RESAMPLES = 2000
RULE_OF_THREE = 3.0


@dataclass(frozen=True)
class Share:
    """``hits`` of ``total``, with the 95 % Wilson score interval (Wilson 1927); all of it in [0, 1]."""

    hits: int
    total: int

    @property
    def value(self) -> float:
        return self.hits / self.total if self.total else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """The interval; (0, 1) where there are no cases."""
        return wilson(self.hits, self.total)

    def __str__(self) -> str:
        low, high = self.interval
        return f"{100 * self.value:.1f} % ({self.hits}/{self.total}, 95 % interval {100 * low:.1f} to {100 * high:.1f})"


def wilson(hits: float, total: float, level: float = 0.95) -> tuple[float, float]:
    """Return the score interval of a share (Wilson 1927); (0, 1) where ``total`` is 0."""
    if not total:
        return 0.0, 1.0
    z, n, p = NormalDist().inv_cdf(0.5 + level / 2), total, hits / total
    centre = p + z * z / (2 * n)
    spread = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return max(0.0, (centre - spread) / (1 + z * z / n)), min(1.0, (centre + spread) / (1 + z * z / n))


@dataclass(frozen=True)
class Observations:
    """One figure over many cases: numerators, denominators and the source (cluster) of each case, in one order."""

    numerators: Array
    denominators: Array
    clusters: tuple[str, ...]

    @staticmethod
    def of(scores: Sequence[tuple[float, float]], clusters: Sequence[str]) -> Observations:
        pairs = np.array(scores, dtype=np.float64).reshape(-1, 2)
        return Observations(pairs[:, 0], pairs[:, 1], tuple(clusters))

    @property
    def ratio(self) -> float:
        """The sum of numerators over the sum of denominators; 0 where that is empty."""
        total = float(self.denominators.sum())
        return float(self.numerators.sum()) / total if total else 0.0

    def by_cluster(self) -> tuple[Array, Array]:
        """Return the two sums per cluster, in the order of the clusters' names."""
        names = {name: i for i, name in enumerate(sorted(set(self.clusters)))}
        places = np.array([names[name] for name in self.clusters], dtype=np.intp)
        return (
            np.bincount(places, self.numerators, len(names)).astype(np.float64),
            np.bincount(places, self.denominators, len(names)).astype(np.float64),
        )


@dataclass(frozen=True)
class Estimate:
    """A figure with its interval; ``cases`` counts those that say something about it."""

    value: float
    low: float
    high: float
    cases: int
    clusters: int
    numerator: float
    denominator: float


@dataclass(frozen=True)
class Difference:
    """Candidate minus baseline on the same cases, with the interval of that difference.

    ``changed`` cases have other numbers than before; where none has, the interval is what the rule of three leaves open for
    cases not seen (Hanley & Lippman-Hand 1983).
    """

    value: float
    low: float
    high: float
    cases: int
    changed: int


def estimate(data: Observations, seed: int, resamples: int = RESAMPLES, level: float = 0.95) -> Estimate:
    """Return the ratio with its percentile bootstrap interval, whole clusters resampled (Field & Welsh 2007).

    Where every cluster has the same 0 or 1 a bootstrap sees no spread; then it is Wilson's interval over the clusters.
    """
    cases = int((data.denominators > 0).sum())
    if not cases:
        return Estimate(0.0, 0.0, 1.0, 0, 0, 0.0, 0.0)
    numerators, denominators = data.by_cluster()
    known = denominators > 0
    ratios = _resampled(numerators[known], denominators[known], seed, resamples)
    low, high = _percentiles(ratios, level)
    if high - low < 1e-12 and (data.ratio in (0.0, 1.0)):
        low, high = wilson(data.ratio * known.sum(), int(known.sum()), level)
    return Estimate(data.ratio, low, high, cases, int(known.sum()), float(numerators.sum()), float(denominators.sum()))


def difference(
    baseline: Observations,
    candidate: Observations,
    seed: int,
    resamples: int = RESAMPLES,
    level: float = 0.95,
) -> Difference:
    """Return candidate minus baseline, paired by case and resampled by cluster."""
    counted = (baseline.denominators > 0) | (candidate.denominators > 0)
    cases = int(counted.sum())
    if not cases:
        return Difference(0.0, -1.0, 1.0, 0, 0)
    changed = int(
        ((baseline.numerators != candidate.numerators) | (baseline.denominators != candidate.denominators)).sum()
    )
    if not changed:
        bound = min(1.0, RULE_OF_THREE / cases)
        return Difference(0.0, -bound, bound, cases, 0)
    one, other = baseline.by_cluster(), candidate.by_cluster()
    known = (one[1] > 0) | (other[1] > 0)
    values = _resampled(other[0][known], other[1][known], seed, resamples) - _resampled(
        one[0][known], one[1][known], seed, resamples
    )
    low, high = _percentiles(values, level)
    return Difference(candidate.ratio - baseline.ratio, low, high, cases, changed)


def _resampled(numerators: Array, denominators: Array, seed: int, resamples: int) -> Array:
    weights = _weights(len(numerators), seed, resamples)
    below = weights @ denominators
    return np.divide(weights @ numerators, below, out=np.zeros(resamples), where=below > 0)


@lru_cache(maxsize=16)
def _weights(clusters: int, seed: int, resamples: int) -> Array:
    """Return how often each cluster is drawn in each resample; the same seed pairs the two sides of a difference."""
    rng = np.random.default_rng([seed, clusters])
    return rng.multinomial(clusters, np.full(clusters, 1 / clusters), size=resamples).astype(np.float64)


def _percentiles(values: Array, level: float) -> tuple[float, float]:
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def quantile(values: Sequence[float], share: float) -> float:
    """Return the value below which ``share`` in [0, 1] of the values lie; 0 where there are none."""
    return float(np.quantile(np.array(values), share)) if values else 0.0


def kappa(pairs: Sequence[tuple[bool, bool]]) -> float | None:
    """Return the agreement of two judges beyond chance, in [-1, 1] (Cohen 1960).

    None where chance alone agrees fully or nothing was judged: then kappa is not defined.
    """
    if not pairs:
        return None
    n = len(pairs)
    observed = sum(one == other for one, other in pairs) / n
    first, second = sum(one for one, _ in pairs) / n, sum(other for _, other in pairs) / n
    chance = first * second + (1 - first) * (1 - second)
    return None if chance >= 1.0 else (observed - chance) / (1 - chance)


def prediction_powered(
    judged: Sequence[float], labelled: Sequence[tuple[float, float]], level: float = 0.95
) -> tuple[float, float, float]:
    """Return the mean and interval that human labels give when a judge also judged much that people did not see.

    ``judged`` are the judge's values on everything without a label, ``labelled`` pairs (judge, human), all in [0, 1]. The judge's mean
    is corrected by its mean error on the labelled ones (Angelopoulos et al. 2023, Science 382, "Prediction-powered inference").
    With fewer than two labels or judgements the interval is (0, 1).
    """
    errors = np.array([judge - human for judge, human in labelled], dtype=np.float64)
    values = np.array(judged, dtype=np.float64)
    if len(errors) < 2 or len(values) < 2:
        return float(values.mean()) if len(values) else 0.0, 0.0, 1.0
    mean = float(values.mean() - errors.mean())
    z = NormalDist().inv_cdf(0.5 + level / 2)
    spread = z * sqrt(values.var(ddof=1) / len(values) + errors.var(ddof=1) / len(errors))
    return min(1.0, max(0.0, mean)), max(0.0, mean - spread), min(1.0, mean + spread)
