from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from evals.drill_local import VARIANTS, Asked, Said, chosen, outcome, questions, read_said, table

RECORDED = Path(__file__).parents[2] / "evals" / "recorded" / "local-qwen2.5-coder-1.5b.jsonl"
CASE = Asked("a", "Does it need labels?", (("no labels",),))
SAID = Said("a", "schema", CASE.question, "m", "v", "", (("It needs no labels.", "supported"),), False, True, 1.0, 9)


@pytest.mark.parametrize(
    ("said", "check", "expected"),
    [
        (SAID, True, "right"),
        (replace(SAID, sentences=(("It is fast.", "supported"),)), True, "wrong shown"),
        (replace(SAID, sentences=(("It is fast.", "unsupported"),)), True, "withheld"),
        (replace(SAID, sentences=(("It is fast.", "unsupported"),)), False, "wrong shown"),
        (replace(SAID, quoted=False), True, "withheld"),
        (replace(SAID, quoted=False), False, "right"),
        (replace(SAID, refused=True), True, "refused"),
        (replace(SAID, sentences=()), False, "withheld"),
    ],
)
def test_outcomes(said: Said, check: bool, expected: str) -> None:
    assert outcome(CASE, said, check=check) == expected


def test_what_is_shown_for_a_question_without_answer_is_wrong() -> None:
    assert outcome(Asked("a", "Which colour is it?"), SAID, check=True) == "wrong shown"


def test_the_choice_of_questions_is_the_same_every_time() -> None:
    everything = questions()
    first = chosen(everything, 60)
    assert first == chosen(list(reversed(everything)), 60)
    assert sum(not asked.key_facts for asked in first) == 15


def test_recorded_answers_can_be_read_and_tabled() -> None:
    said = read_said(RECORDED)
    assert {item.variant for item in said} == set(VARIANTS)
    assert "schema + check, in notes" in table(questions(), said)
