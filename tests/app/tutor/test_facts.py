from __future__ import annotations

import pytest

from app.tutor import facts


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("24 hours", "1 day", True),
        ("1,024 MB", "1 GB", True),
        ("two weeks", "14 days", True),
        ("5 percent", "5 %", True),
        ("30 s", "30", True),
        ("7 days", "24 hours", False),
        ("4 MB", "4 GB", False),
        ("3 clusters", "4 clusters", False),
    ],
)
def test_amounts_are_compared_in_base_units(one: str, other: str, same: bool) -> None:
    (first,), (second,) = facts.numbers(one), facts.numbers(other)
    assert first.same(second) is same
    assert second.same(first) is same


def test_digits_inside_names_are_no_numbers() -> None:
    assert facts.numbers("S3, EC2, F1, L2, ml.m5.xlarge and word2vec") == []


def test_directions_follow_their_noun() -> None:
    assert facts.reversed_direction("Raising x increases recall.", "Raising x lowers recall.") == "recall"
    assert facts.reversed_direction("Raising x lowers recall.", "Raising x lowers recall.") is None


def test_a_name_in_two_cases_is_not_cut() -> None:
    assert facts.names("Endpoints send metrics to Amazon CloudWatch and Amazon SageMaker.") == [
        "Amazon",
        "CloudWatch",
        "SageMaker",
    ]
