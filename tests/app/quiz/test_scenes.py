from __future__ import annotations

import random
import re
from dataclasses import replace
from pathlib import Path

import pytest

from app.commands.quizzing import run_quiz_write
from app.quiz.compose import Composer
from app.quiz.proof import Material
from app.quiz.rules import ChoiceRule, choice_rules
from app.quiz.scenes import Scenery, said
from corpus.errors import PackError, TutorError
from corpus.note import parse_note
from corpus.pack import ChoiceSet, find_pack, load_pack, read_scenes
from corpus.scenes import Scenes, Situation

NOTE = """---
id: stores
title: Stores
objectives: ["1.1.2"]
as_of: 2026-01-01
sources: [https://example.org/a]
---
- Choose Amazon Rekognition when photos must be sorted by what they show.
- Choose Amazon Athena when your own analysts must query files without a cluster.
- Choose Avro for a row-based format whose schema can evolve.
- Choose AWS Glue for ETL with the least operational effort.
- Choose Amazon EMR to run existing Spark jobs.
- Choose Business value when a model with lower accuracy earns more as its errors are cheaper.
- Choose Mechanical Turk when simple public labels must be bought cheaply.
"""
RULES = {rule.choose: rule for rule in choice_rules(parse_note(NOTE, Path("stores.md")))}
SCENES = Scenes(
    subjects={"image": "photos?"},
    roles={"1": ("data engineer",)},
    situations=(
        Situation(who="a bank", short="the bank", does="keeps loan files"),
        Situation(who="a news agency", short="the agency", does="archives its pictures", about=frozenset({"image"})),
    ),
)


def _set(ask: str = "AWS service or feature", **more: str) -> ChoiceSet:
    return ChoiceSet(id="services", ask=ask, members=("a", "b", "c", "d"), **more)


def _sentences_are_whole(stem: str) -> bool:
    """Return whether each sentence begins with a capital and says at least three words, and no gap was left."""
    sentences = re.split(r"(?<=[.?]) (?=[A-Z(])", stem)
    gap = re.search(r" [.?,]|  |\. [a-z]|[{}]", stem)
    return gap is None and all(sentence == "(Choose two.)" or len(sentence.split()) > 2 for sentence in sentences)


def _stems(*rules: ChoiceRule, ask: str = "AWS service", scenes: Scenes = SCENES) -> set[str]:
    return {Scenery(scenes).stem(rules, _set(ask), "1.1.2", random.Random(seed)) for seed in range(40)}


def test_a_need_is_asked_where_it_can_occur() -> None:
    assert {"news agency" in stem for stem in _stems(RULES["Amazon Rekognition"])} == {True}
    assert any("A bank keeps loan files." in stem for stem in _stems(RULES["AWS Glue"]))


def test_where_no_situation_fits_the_organisation_is_only_named() -> None:
    only_bank = SCENES.model_copy(update={"situations": SCENES.situations[:1]})
    stems = _stems(RULES["Amazon Rekognition"], scenes=only_bank)
    assert stems
    assert not any("loan files" in stem for stem in stems)


def test_a_situation_that_does_not_fit_leaves_no_half_sentence() -> None:
    only_bank = SCENES.model_copy(update={"situations": SCENES.situations[:1]})
    for stem in _stems(RULES["Amazon Rekognition"], scenes=only_bank):
        assert _sentences_are_whole(stem), stem


def test_without_scenes_a_company_asks() -> None:
    for rule in RULES.values():
        assert all("company" in stem and stem.endswith("?") for stem in _stems(rule, scenes=Scenes()))


def test_a_stem_states_the_need_as_the_audit_looks_for_it() -> None:
    for rule in RULES.values():
        assert all(said(rule).casefold() in stem.casefold() for stem in _stems(rule))
    assert "the team's own analysts" in said(RULES["Amazon Athena"])


def test_least_overhead_is_asked_for_where_the_need_is_that() -> None:
    assert any("LEAST operational overhead" in stem for stem in _stems(RULES["AWS Glue"]))
    assert not any("LEAST" in stem for stem in _stems(RULES["Amazon EMR"]))


def test_lowest_cost_is_asked_for_where_the_need_is_that() -> None:
    assert any("MOST cost-effectively" in stem for stem in _stems(RULES["Mechanical Turk"]))
    assert not any("cost-effectively" in stem for stem in _stems(RULES["Business value"]))


def test_a_need_that_names_what_is_asked_for_is_not_told_twice() -> None:
    assert not any(
        "format for a row-based format" in stem for stem in _stems(RULES["Avro"], ask="file format") if "needs" in stem
    )


@pytest.mark.parametrize(
    ("ask", "two"),
    [
        ("AWS service or feature", "AWS services or features"),
        ("way to release the new model", "ways to release the new model"),
        ("search strategy for hyperparameters", "search strategies for hyperparameters"),
        ("means of access control", "means of access control"),
        ("loss function", "loss functions"),
    ],
)
def test_two_of_a_kind_are_asked_for_in_the_plural(ask: str, two: str) -> None:
    scenery = Scenery(SCENES)
    stems = {
        scenery.two_needs_stem(RULES["AWS Glue"], RULES["Amazon EMR"], _set(ask), "1.1.2", random.Random(seed))
        for seed in range(10)
    }
    assert all(two in stem and stem.endswith("(Choose two.)") for stem in stems)


def test_who_decides_is_named_in_full_once() -> None:
    counts = {len(re.findall("data engineer", stem)) for stem in _stems(RULES["Amazon EMR"])}
    assert counts == {0, 1}


def test_situations_of_the_shipped_pack_suit_every_domain_and_its_leads_most_sets() -> None:
    pack = load_pack(find_pack("mls_c01"))
    for domain in pack.exam.domains:
        suiting = [s for s in pack.scenes.situations if not s.domains or domain.id in s.domains]
        assert len({s.who for s in suiting}) >= 15
    sets = {among.id for among in pack.choices}
    assert len(sets & set(pack.scenes.leads)) >= 0.75 * len(sets)


def test_stems_of_the_shipped_pack_seldom_repeat_their_wording() -> None:
    composer = Composer(Material.of(load_pack(find_pack("mls_c01"))))
    openings = [item.stem.split(". ")[0] for _, item in zip(range(60), composer.compose("", 3), strict=False)]
    assert len(set(openings)) >= 40


def test_every_stem_of_the_shipped_pack_is_made_of_whole_sentences() -> None:
    composer = Composer(Material.of(load_pack(find_pack("mls_c01"))))
    stems = [item.stem for seed in (1, 2, 3) for _, item in zip(range(150), composer.compose("", seed), strict=False)]
    assert len(stems) == 450
    assert not [stem for stem in stems if not _sentences_are_whole(stem)]


@pytest.mark.parametrize(
    ("need", "elsewhere"),
    [
        ("weather or market figures should be subscribed to", "X-ray|film|turbine"),
        ("honest payments let through by the model must be counted", "conversations|not be paid back"),
        ("correlation of height and weight", "sales|trucks"),
    ],
)
def test_a_scene_of_the_shipped_pack_does_not_contradict_the_need(need: str, elsewhere: str) -> None:
    rule = replace(RULES["Avro"], need=need, link="for" if need.startswith("corr") else "when")
    scenes = load_pack(find_pack("mls_c01")).scenes
    for objective in ("1.1.2", "2.1.2", "3.1.1", "4.1.1"):
        for seed in range(30):
            stem = Scenery(scenes).stem([rule], _set(), objective, random.Random(seed))
            assert not re.search(elsewhere, stem), stem


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("situations:\n- {who: a bank, short: the bank, about: [tides]}\n", "no subject is named tides"),
        ("subjects: {image: '('}\n", "the pattern of 'image' is none"),
    ],
)
def test_scenes_that_cannot_be_used_are_refused_in_one_sentence(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "scenes.yaml"
    path.write_text(text)
    with pytest.raises(PackError, match=says):
        read_scenes(path)


def test_a_run_tells_each_scene_before_it_tells_one_again() -> None:
    scenery = Scenery(SCENES)
    stems = [scenery.stem([RULES["AWS Glue"]], _set(), "1.1.2", random.Random(seed)) for seed in range(6)]
    assert sum("bank" in stem for stem in stems) == 3


def test_a_pack_without_choice_sets_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "stores.md").write_text(NOTE)
    (tmp_path / "exam.yaml").write_text((find_pack("mls_c01") / "exam.yaml").read_text())
    with pytest.raises(TutorError, match=r"no choices\.yaml; write one"):
        run_quiz_write("", 5, 1, str(tmp_path), None, False)
