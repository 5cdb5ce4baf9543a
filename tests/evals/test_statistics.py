from __future__ import annotations

import numpy as np
import pytest

from evals.statistics import Observations, difference, estimate, kappa, prediction_powered, quantile


def shares(values: list[float], clusters: list[str] | None = None) -> Observations:
    return Observations.of([(v, 1.0) for v in values], clusters or [str(i) for i in range(len(values))])


def test_the_bootstrap_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(3)
    covered = 0
    for trial in range(200):
        found = estimate(shares(list((rng.random(80) < 0.7).astype(float))), seed=trial, resamples=600)
        covered += found.low <= 0.7 <= found.high
    assert 0.89 <= covered / 200 <= 0.99


def test_cases_of_one_source_count_as_one_draw() -> None:
    values = [1.0, 0.0] * 30
    alone = estimate(shares(values), seed=1)
    together = estimate(shares([v for v in (1.0, 0.0) for _ in range(30)], [str(i // 10) for i in range(60)]), seed=1)
    assert together.high - together.low > 1.5 * (alone.high - alone.low)


def test_a_case_without_a_denominator_says_nothing() -> None:
    found = estimate(Observations.of([(1, 1), (0, 0), (0, 1)], ["a", "b", "c"]), seed=1)
    assert (found.value, found.cases) == (0.5, 2)
    nothing = estimate(Observations.of([(0, 0)], ["a"]), seed=1)
    assert (nothing.cases, nothing.low, nothing.high) == (0, 0.0, 1.0)


def test_where_all_are_right_the_interval_is_wilsons() -> None:
    found = estimate(shares([1.0] * 20), seed=1)
    assert found.high == 1.0
    assert found.low == pytest.approx(0.839, abs=0.001)


def test_a_difference_is_paired() -> None:
    rng = np.random.default_rng(1)
    hard = list((rng.random(300) < 0.5).astype(float))
    better = [1.0 if i % 20 == 0 else v for i, v in enumerate(hard)]
    found = difference(shares(hard), shares(better), seed=1)
    apart = estimate(shares(hard), seed=1)
    assert found.low > 0
    assert found.high - found.low < (apart.high - apart.low)
    assert found.changed == sum(a != b for a, b in zip(hard, better, strict=True))


def test_where_nothing_changed_the_rule_of_three_says_what_is_left_open() -> None:
    found = difference(shares([1.0, 0.0] * 30), shares([1.0, 0.0] * 30), seed=1)
    assert (found.value, found.changed, found.low, found.high) == (0.0, 0, -0.05, 0.05)


def test_the_same_seed_gives_the_same_numbers() -> None:
    data = shares([1.0, 0.0, 1.0, 1.0] * 20)
    assert estimate(data, seed=4) == estimate(data, seed=4)


def test_kappa() -> None:
    assert kappa([(True, True)] * 20 + [(True, False)] * 5 + [(False, True)] * 10 + [(False, False)] * 15) == (
        pytest.approx(0.4)
    )
    assert kappa([(True, True)]) is None
    assert kappa([]) is None


def test_labels_correct_a_lenient_judge() -> None:
    """The judge passes all, people find 80 % supported: the interval holds 0.8, the judge's own figure does not."""
    labelled = [(1.0, 1.0)] * 80 + [(1.0, 0.0)] * 20
    mean, low, high = prediction_powered([1.0] * 1000, labelled)
    assert mean == pytest.approx(0.8)
    assert low < 0.8 < high < 1.0


def test_a_good_judge_makes_the_interval_narrower_than_labels_alone() -> None:
    rng = np.random.default_rng(2)
    truth = (rng.random(2100) < 0.7).astype(float)
    judged = np.where(rng.random(2100) < 0.95, truth, 1 - truth)
    _, low, high = prediction_powered(list(judged[100:]), list(zip(judged[:100], truth[:100], strict=True)))
    alone = estimate(shares(list(truth[:100])), seed=1)
    assert high - low < 0.75 * (alone.high - alone.low)
    assert low < 0.7 < high


def test_quantiles_of_nothing() -> None:
    assert quantile([], 0.5) == 0.0
    assert quantile([1.0, 2.0, 3.0], 0.5) == 2.0
