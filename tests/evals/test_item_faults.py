from __future__ import annotations

import pytest

from app.quiz.compose import Composer
from app.quiz.flaws import rules
from app.quiz.proof import Material
from app.quiz.writer import keep_sound
from corpus.pack import find_pack, load_pack
from evals.item_faults import BREAKS, Detection, detections


@pytest.fixture(scope="module")
def found() -> dict[str, Detection]:
    material = Material.of(load_pack(find_pack("mls_c01")))
    sound = keep_sound(Composer(material).compose("", 5), 120, material).items
    return {detection.rule: detection for detection in detections(sound, material, 15, 1)}


@pytest.mark.parametrize("rule", BREAKS)
def test_planted_flaws_are_found(found: dict[str, Detection], rule: str) -> None:
    detection = found[rule]
    assert detection.planted == 15
    assert detection.found >= 14, detection
    assert detection.rejected >= 14, detection


def test_every_wording_rule_has_its_planted_flaws() -> None:
    assert set(rules()) - set(BREAKS) == {"convergence"}
