"""A few of the gate's self-tests over the small pack; all forty: ``make eval-selftest``."""

from __future__ import annotations

from pathlib import Path

import pytest

from evals.compare import Outcome
from evals.selftest import Book, SelfTest, Trial
from evals.selftest_bench import Bench
from evals.selftest_harmless import HARMLESS
from evals.selftest_regressions import REGRESSIONS
from ingest.settings import LibrarySettings

SUITES = ("answers", "retrieval")
QUICK = ("only one passage", "citations moved by one character", "chunker drops headings and titles")
CHANGES = {change.name: change for change in (*REGRESSIONS, *HARMLESS)}


@pytest.fixture(scope="module")
def selftest(library: LibrarySettings, tmp_path_factory: pytest.TempPathFactory) -> SelfTest:
    return SelfTest(Bench(library, tmp_path_factory.mktemp("bench")), None, SUITES)


def test_there_are_forty_changes_with_names_of_their_own() -> None:
    assert len(REGRESSIONS) == len(HARMLESS) == 20
    assert len(CHANGES) == 40
    assert all(change.reasons for change in REGRESSIONS)
    assert not any(change.reasons for change in HARMLESS)


@pytest.mark.parametrize("name", QUICK)
def test_a_regression_fails_for_its_reason(selftest: SelfTest, name: str) -> None:
    trial = selftest.try_change(CHANGES[name])
    assert trial.right, trial


@pytest.mark.parametrize("name", ["nothing at all", "cases with other tags"])
def test_a_harmless_change_passes(selftest: SelfTest, name: str) -> None:
    trial = selftest.try_change(CHANGES[name])
    assert trial.right, trial


def test_a_changed_number_in_a_note_is_found(own_library: LibrarySettings, tmp_path: Path) -> None:
    selftest = SelfTest(Bench(own_library, tmp_path), None, ("answers",))
    trial = selftest.try_change(CHANGES["a note with a changed number"])
    assert trial.right, trial
    assert any("75 questions" in reason for reason in trial.reasons)


def test_what_was_tried_with_the_same_code_is_known(tmp_path: Path) -> None:
    trial = Trial(CHANGES["nothing at all"], Outcome.PASS, (), 1.0)
    Book(tmp_path / "book.jsonl", "code").add(trial)
    assert Book(tmp_path / "book.jsonl", "code").known()["nothing at all"]["right"]
    assert Book(tmp_path / "book.jsonl", "other code").known() == {}
    assert Book(None).known() == {}
