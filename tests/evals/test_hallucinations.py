from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from app.tutor.ground import Source
from evals.hallucinations import LABELS, Labels, outcome, report, withheld_truths, wrong_answers, wrong_sentences
from evals.human import read_labels
from evals.recordings import RECORDED, Recording, Spoken, read_recordings, recording_to_json
from evals.replay import Replayed, replay

SHIPPED = RECORDED / "local-qwen2.5-coder-1.5b.jsonl"
PASSAGE = Source(
    "c1", "Random Cut Forest finds anomalies. It needs no labels. Up to 100 trees are usual.", "Random Cut Forest"
)
FACTS = (("no labels",),)


def quote(answer: str, quote: str = "It needs no labels.", answerable: bool = True) -> str:
    return json.dumps({"quote": quote, "source": 1, "answerable": answerable, "answer": answer})


def recording(plain: str, schema: str = "", error: str = "") -> Recording:
    said = {"plain": Spoken(plain, 1.0, 9, error), "schema": Spoken(schema, 1.0, 9)}
    return Recording("a1", "Does it need labels?", "m", "v", (PASSAGE,), said)


def test_a_replay_shows_what_the_check_lets_through() -> None:
    found = replay(recording("It needs no labels. [1] It was invented by Napoleon in 1804. [1]"), "plain")
    assert found.written == ("It needs no labels.", "It was invented by Napoleon in 1804.")
    assert found.passed == ("It needs no labels.",)
    assert not found.refused


def test_a_replay_refuses_where_the_model_did() -> None:
    assert replay(recording("NOT IN THE MATERIAL"), "plain") == Replayed("a1", "plain", (), (), True)
    assert replay(recording("", quote("It needs none.", answerable=False)), "schema").refused


def test_a_quote_that_no_passage_holds_shows_nothing_with_the_check() -> None:
    found = replay(recording("", quote("It needs no labels.", quote="It needs many labels.")), "schema")
    assert found.written == ("It needs no labels.",)
    assert found.passed == ()


def test_what_breaks_the_form_shows_nothing() -> None:
    assert replay(recording("", "no JSON"), "schema") == Replayed("a1", "schema", (), (), False)


def test_an_answer_that_broke_off_keeps_its_finished_sentences() -> None:
    found = replay(recording("It needs no labels. Random Cut For", error="too long"), "plain")
    assert found.written == ("It needs no labels.",)


GOOD = Replayed("a1", "plain", ("It needs no labels.",), ("It needs no labels.",), False)


SAID = ("a1", "It needs no labels.")


@pytest.mark.parametrize(
    ("found", "labels", "check", "expected"),
    [
        (GOOD, Labels({SAID: True}), True, "right"),
        (GOOD, Labels({SAID: False}), True, "wrong shown"),
        (GOOD, Labels({SAID: True}, {SAID: False}), True, "beside it"),
        (replace(GOOD, passed=()), Labels({}), True, "withheld"),
        (replace(GOOD, passed=()), Labels({}), False, "right"),
        (replace(GOOD, written=("It is fast.",)), Labels({}), False, "wrong shown"),
        (replace(GOOD, written=("It is fast.",)), Labels({("a1", "It is fast."): True}), False, "beside it"),
        (replace(GOOD, written=("None.",)), Labels({("a1", "None."): True}, {("a1", "None."): True}), False, "right"),
        (replace(GOOD, written=(), passed=(), refused=True), Labels({}), True, "refused"),
    ],
)
def test_outcomes(found: Replayed, labels: Labels, check: bool, expected: str) -> None:
    assert outcome(found, FACTS, labels, check=check) == expected


def test_what_is_true_is_beside_a_question_without_answer() -> None:
    assert outcome(GOOD, (), Labels({SAID: True}), check=True) == "beside it"


def test_a_bare_number_is_shown_only_without_the_check() -> None:
    found = replay(recording("100 [1]"), "plain")
    assert (found.written, found.passed) == (("100",), ())


def test_shares_of_wrong_sentences_with_the_check_and_without() -> None:
    said = [
        Replayed("a1", "plain", ("true", "false"), ("true",), False),
        Replayed("a2", "plain", ("false", "also true", "not read"), ("false",), False),
    ]
    labels = Labels({("a1", "true"): True, ("a1", "false"): False, ("a2", "false"): False, ("a2", "also true"): True})
    without, with_check = (wrong_sentences(said, labels, check=check) for check in (False, True))
    assert (without.numerator, without.denominator) == (2, 4)
    assert (with_check.numerator, with_check.denominator) == (1, 2)
    assert with_check.low < 0.5 < with_check.high
    assert [wrong_answers(said, labels, check=check).value for check in (False, True)] == [1.0, 0.5]
    assert (withheld_truths(said, labels).numerator, withheld_truths(said, labels).denominator) == (1, 2)


def test_sentences_without_a_label_are_said_to_be_missing(tmp_path: Path) -> None:
    (tmp_path / "said.jsonl").write_text(recording_to_json(replace(recording("It needs no labels."), id="a001")) + "\n")
    (tmp_path / "labels.jsonl").write_text("")
    assert any(
        "1 sentences have no label" in line for line in report(tmp_path / "said.jsonl", tmp_path / "labels.jsonl")
    )


def test_every_shipped_recording_is_labelled() -> None:
    labels = read_labels(LABELS)
    for found in read_recordings(SHIPPED):
        for variant in found.said:
            assert [s for s in replay(found, variant).written if (found.id, s) not in labels] == []
