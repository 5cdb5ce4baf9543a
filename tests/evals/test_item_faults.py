from __future__ import annotations

from itertools import islice

import pytest

from app.commands.items import item_embedder
from app.quiz.audit import audit_item
from app.quiz.compose import Composer
from app.quiz.flaws import rules
from app.quiz.proof import Material
from corpus.item import Item
from corpus.pack import find_pack, load_pack
from evals.item_faults import BREAKS, Detection, asked_again, detections, pair_detection


@pytest.fixture(scope="module")
def material() -> Material:
    return Material.of(load_pack(find_pack("mls_c01")))


@pytest.fixture(scope="module")
def sound(material: Material) -> list[Item]:
    composed = islice(Composer(material).compose("", 5), 150)
    return [item for item in composed if not audit_item(item, material).flaws]


@pytest.fixture(scope="module")
def found(sound: list[Item], material: Material) -> dict[str, Detection]:
    return {detection.rule: detection for detection in detections(sound, material, 15, 1)}


@pytest.mark.parametrize("rule", sorted(set(BREAKS) - {"also_right"}))
def test_planted_flaws_are_found(found: dict[str, Detection], rule: str) -> None:
    detection = found[rule]
    assert detection.planted == 15
    assert detection.found >= 14, detection
    assert detection.rejected >= 14, detection


def test_most_distractors_that_their_notes_choose_for_what_they_should_violate_are_found(
    found: dict[str, Detection],
) -> None:
    """Not found are needs of one or two words that count, and names of which the notes say nothing in that form."""
    assert found["also_right"].planted == 15
    assert found["also_right"].found >= 12


def test_items_of_a_form_that_ask_for_the_same_in_another_scene_are_found(sound: list[Item]) -> None:
    pairs = asked_again(sound, 15, 1)
    detection = pair_detection(pairs, item_embedder())
    assert detection.planted == 15
    assert detection.found >= 12
    assert detection.rejected >= 14
    apart = [(first, second.model_copy(update={"form": 2})) for first, second in pairs]
    assert pair_detection(apart, item_embedder()).found == 0


def test_every_wording_rule_has_its_planted_flaws() -> None:
    assert set(rules()) - set(BREAKS) == {"convergence"}
