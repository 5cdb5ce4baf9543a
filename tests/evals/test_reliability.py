from __future__ import annotations

import re
from xml.etree import ElementTree

import numpy as np

from evals.checker_train import reliability
from evals.reliability import OUT, diagram, shipped_bins


def test_the_diagram_in_the_docs_shows_what_the_shipped_checker_holds() -> None:
    bins = shipped_bins()
    assert OUT.read_text(encoding="utf-8") == diagram(bins)
    assert sum(entry["sentences"] for entry in bins) > 7_000


def test_a_point_stands_where_its_bin_says() -> None:
    drawn = ElementTree.fromstring(diagram([{"predicted": 0.0, "observed": 1.0, "sentences": 1234}]))
    (point,) = (element for element in drawn.iter() if element.tag.endswith("circle"))
    said = [element.text or "" for element in drawn.iter() if element.tag.endswith("text")]
    corner = next(element for element in drawn.iter() if element.get("class") == "even")
    places = [(point.get("cx"), corner.get("x1")), (point.get("cy"), corner.get("y2"))]
    assert all(float(ours or -1) == float(theirs or -2) for ours, theirs in places)
    assert "1,234" in said
    assert re.search("Reliability", " ".join(said))


def test_bins_of_a_right_probability_are_near_the_share_observed() -> None:
    rng = np.random.default_rng(1)
    margins = rng.normal(size=4000)
    labels = rng.random(4000) < 1 / (1 + np.exp(-margins))
    bins = reliability(margins, labels, [str(i // 4) for i in range(4000)])
    assert sum(entry["sentences"] for entry in bins) == 4000
    assert all(abs(e["predicted"] - e["observed"]) < 0.1 for e in bins if e["sentences"] >= 300)
