"""A quiz in the terminal, by what is typed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import app
from app.learner.items import ItemRecords
from app.learner.quizzes import QuizRecords
from app.learner.store import open_store

TAKE = ["quiz", "take", "--objective", "1.2", "-n", "3", "--seed", "4"]


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("TUTOR_HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "100")
    return tmp_path


def take(typed: str, *arguments: str) -> str:
    result = CliRunner().invoke(app, [*TAKE, *arguments], input=typed)
    assert result.exit_code == 0, result.output
    return result.output


def test_a_quiz_stops_and_goes_on_with_hints_passages_and_a_report(home: Path) -> None:
    first = take("9\nh\nh\nh\nh\nq\n")
    assert "Type 1 of the numbers" in first or "Type 2 of the numbers" in first
    assert "This tests objective 1.2" in first
    assert "Rule out" in first
    assert "That was the last hint." in first
    assert "Stopped." in first
    answer = "1 2\n" if "(Choose two.)" in first.replace("\n", " ") else "1\n"
    second = take(f"{answer}p\nr\nI see two keys\n\nq\n")
    assert re.search(r"Right\.|Wrong\.", second)
    assert "“" in second
    assert "The audit found no fault" in second
    store = open_store(home)
    learner = store.learners()[0].id
    (attempt,) = QuizRecords(store.database).attempts(learner)
    assert ItemRecords(store.database).barred(learner) == {attempt.item.id}
    assert "Question 2 of 3" in take("q\n")


def test_misses_can_be_retried_and_drilled(home: Path) -> None:
    # Two answers are typed for each question: the one that does not fit the number wanted is asked for again.
    output = take("1\n1 2\n\n" * 12)
    assert re.search(r"\d of 3 right", output)
    assert "missed:" in output
    drill = CliRunner().invoke(app, ["quiz", "take", "--confused", "-n", "2"], input="q\n")
    assert drill.exit_code == 0, drill.output
    assert "What I confuse" in drill.output


def test_wrong_wishes_are_answered_in_a_sentence(home: Path) -> None:
    for arguments, said in (
        (["--objective", "9.9"], "There is no objective"),
        (["--service", "Amazon Nothing"], "no service of this exam"),
        (["--confused"], "Nothing was mixed up"),
    ):
        result = CliRunner().invoke(app, ["quiz", "take", *arguments])
        assert result.exit_code != 0
        assert said in str(result.exception)
