"""Worked arithmetic in rationales: right results from given numbers pass, anything else is named."""

import pytest

from app.quiz.working import has_working, working_fault

GIVEN = (
    "The test holds 45 true positives, 15 false positives and 1,000 mails in five folds. "
    "Precision is TP / (TP + FP). F1 is 2 TP / (2 TP + FP + FN)."
)


@pytest.mark.parametrize(
    "sentence",
    [
        "The precision is 45 / (45 + 15) = 0.75.",
        "Precision here: 45 / (45 + 15) = 0.750.",
        "The mails are 45 / 1,000 = 0.045.",
        "45 + 15 = 60 and then 2 × 60 − 15 = 105 positives.",
        "For five folds this makes 1,000 / 5 = 200.",
    ],
)
def test_right_arithmetic_from_given_numbers_passes(sentence: str) -> None:
    assert has_working(sentence)
    assert working_fault(sentence, GIVEN) is None


@pytest.mark.parametrize(
    ("sentence", "named"),
    [
        ("The precision is 45 / (45 + 15) = 0.76.", "is not 0.76"),
        ("The precision is 45 / (45 + 16) = 0.74.", "16"),
        ("The precision is 45 / (15 − 15) = 0.", "cannot be computed"),
        ("The precision is 45 / (45 + 15 = 0.75.", "cannot be computed"),
        ("Amazon Macie finds 45 + 15 = 60 positives.", "do not speak of"),
    ],
)
def test_wrong_or_foreign_arithmetic_is_named(sentence: str, named: str) -> None:
    assert named in (working_fault(sentence, GIVEN) or "")


def test_an_equation_does_not_carry_a_claim_past_the_sentence_check() -> None:
    long = "True positives, false positives, mails, folds, tests, precision hold " * 3
    given = f"{GIVEN} alpha beta gamma delta epsilon zeta eta theta iota kappa lambda omicron sigma"
    claim = f"{long} alpha beta gamma delta epsilon zeta eta theta iota kappa lambda omicron sigma 45 + 15 = 60."
    assert "says little else" in (working_fault(claim, given) or "")


def test_a_formula_or_a_range_is_no_working() -> None:
    assert not has_working("F1 is 2 TP / (2 TP + FP + FN).")
    assert not has_working("A retry strategy allows 1 to 10 attempts.")
