from __future__ import annotations

from datetime import UTC, datetime

from app.learner.confused import mixed_up
from app.learner.quizzes import Attempt
from tests.app.learner.test_quizzes import item


def attempt(stem: str, chosen: str) -> Attempt:
    asked = item(stem)
    return Attempt("quiz", asked, (chosen,), 0, chosen == "A", datetime(2026, 11, 24, tzinfo=UTC))


def test_pairs_are_counted_and_the_most_frequent_comes_first() -> None:
    pairs = mixed_up([attempt("One", "B"), attempt("Two", "C"), attempt("Three", "C")])
    assert [(pair.key, pair.chosen, pair.times) for pair in pairs] == [("A", "C", 2), ("A", "B", 1)]


def test_a_pair_is_gone_once_its_question_was_answered_rightly() -> None:
    assert [pair.chosen for pair in mixed_up([attempt("One", "B"), attempt("Two", "C"), attempt("One", "A")])] == ["C"]
