from __future__ import annotations

import random

import ir_measures
import pytest
from ir_measures import RR, Success, nDCG

from evals.metrics import METRICS, ndcg, recall_at, reciprocal_rank


def ranking(rng: random.Random) -> tuple[list[str], dict[str, int]]:
    documents = [f"d{i}" for i in range(30)]
    gains = {document: rng.randint(1, 3) for document in rng.sample(documents, rng.randint(1, 6))}
    return rng.sample(documents, 12), gains


@pytest.mark.parametrize("seed", range(20))
def test_ranking_figures_are_those_of_ir_measures(seed: int) -> None:
    found, gains = ranking(random.Random(seed))
    qrels = [ir_measures.Qrel("q", document, gain) for document, gain in gains.items()]
    run = [ir_measures.ScoredDoc("q", document, -rank) for rank, document in enumerate(found)]
    theirs = ir_measures.calc_aggregate([nDCG @ 10, RR @ 10, Success @ 5], qrels, run)
    relevant = [document in gains for document in found]
    assert ndcg([gains.get(d, 0) for d in found], list(gains.values()), 10) == pytest.approx(theirs[nDCG @ 10])
    assert reciprocal_rank(relevant, 10) == pytest.approx(theirs[RR @ 10])
    assert recall_at(relevant, 5) == theirs[Success @ 5]


def test_every_figure_says_what_it_is() -> None:
    for metric in METRICS.values():
        assert metric.definition.endswith(".")
        assert metric.margin is None or 0 <= metric.margin <= 0.1
