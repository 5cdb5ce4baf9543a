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
        ("1 1/2 cups", "1½ cups", True),
        ("8) hours", "8 hours", True),
        ("1,000 (one thousand) years", "1,000 years", True),
        ("1/2 hour", "30 minutes", True),
        ("7 days", "24 hours", False),
        ("4 MB", "4 GB", False),
        ("3 clusters", "4 clusters", False),
    ],
)
def test_amounts_are_compared_in_base_units(one: str, other: str, same: bool) -> None:
    (first,), (second,) = facts.numbers(one), facts.numbers(other)
    assert first.same(second) is same
    assert second.same(first) is same


def test_a_bare_number_does_not_make_another_unit_right() -> None:
    (said,) = facts.numbers("Simmer for 2 minutes.")
    assert not facts.among(said, facts.numbers("2 Reduce heat. 3 Simmer for 2 hours."))
    assert facts.among(said, facts.numbers("Simmer for 2 minutes; it takes 2 hours in all."))
    assert facts.among(said, facts.numbers("Simmering: 2"))


def test_digits_inside_names_are_no_numbers() -> None:
    assert facts.numbers("S3, EC2, F1, L2, ml.m5.xlarge and word2vec") == []


def test_the_unit_of_a_list_counts_for_each_number() -> None:
    assert [number.value for number in facts.numbers("1, 2 or 4 minutes")] == [60, 120, 240]


def test_a_name_in_two_cases_is_not_cut() -> None:
    assert facts.names("Endpoints send metrics to Amazon CloudWatch and Amazon SageMaker.") == [
        "Amazon",
        "CloudWatch",
        "SageMaker",
    ]
