from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest

from app.learner.errors import StoreError
from app.learner.items import ItemRecords
from app.learner.progress import by_domain, by_objective
from app.learner.quizzes import QuizRecords
from app.learner.store import LearnerStore, open_store
from corpus.exam import read_exam
from corpus.item import Item, Option, Proof
from corpus.pack import find_pack

PROOF = (Proof(note="n", quote="A quote of some length."),)


def item(stem: str, objective: str = "3.2.1", key: int = 0) -> Item:
    options = tuple(
        Option(text=text, correct=i == key, why="Because it says so.", proof=PROOF) for i, text in enumerate("ABCD")
    )
    return Item(
        stem=f"{stem} is the question that is asked here?", options=options, objective=objective, as_of=date(2026, 1, 1)
    )


@pytest.fixture
def store(tmp_path: Path) -> Iterator[LearnerStore]:
    store = open_store(tmp_path)
    yield store
    store.close()


@pytest.fixture
def records(store: LearnerStore) -> QuizRecords:
    return QuizRecords(store.database)


@pytest.fixture
def stored(store: LearnerStore) -> ItemRecords:
    return ItemRecords(store.database)


@pytest.fixture
def learner(store: LearnerStore) -> str:
    return store.add_learner("Ada").id


def test_a_quiz_goes_on_where_it_stopped(records: QuizRecords, learner: str, tmp_path: Path) -> None:
    items = [item("First"), item("Second")]
    quiz = records.start(learner, "Quiz", items, 1, "k")
    assert records.start(learner, "Quiz", [item("Third")], 2, "k") == quiz
    records.answer(quiz.id, items[0].id, ["B"])
    reopened = QuizRecords(open_store(tmp_path).database).quiz(quiz.id)
    assert reopened is not None
    assert reopened.next_item == items[1]
    assert not reopened.is_done
    assert [missed.id for missed in reopened.misses] == [items[0].id]


def test_the_first_answer_counts_however_often_it_is_sent(records: QuizRecords, learner: str) -> None:
    asked = item("One")
    quiz = records.start(learner, "Quiz", [asked], 1, "k")
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda n: records.answer(quiz.id, asked.id, ["ABCD"[n % 4]]), range(16)))
    assert len({result.chosen for result in results}) == 1
    assert len(records.attempts(learner)) == 1


def test_an_answer_outside_the_quiz_is_refused(records: QuizRecords, learner: str) -> None:
    asked = item("One")
    quiz = records.start(learner, "Quiz", [asked], 1, "k")
    with pytest.raises(StoreError, match="options"):
        records.answer(quiz.id, asked.id, ["E"])
    with pytest.raises(StoreError, match="options"):
        records.answer(quiz.id, asked.id, [])
    with pytest.raises(StoreError, match="not in this quiz"):
        records.answer(quiz.id, "0" * 16, ["A"])
    with pytest.raises(StoreError, match="no questions"):
        records.start(learner, "Quiz", [], 1, "other")
    assert records.attempts(learner) == []


def test_a_disputed_item_with_a_flaw_is_asked_no_more_and_counts_no_more(
    records: QuizRecords, stored: ItemRecords, learner: str
) -> None:
    asked = item("One")
    quiz = records.start(learner, "Quiz", [asked], 1, "k")
    records.answer(quiz.id, asked.id, ["B"])
    assert "no fault" in stored.dispute(learner, asked, "I do not like it", [], claimed=["B"])
    assert stored.quarantined() == {}
    assert stored.barred(learner) == {asked.id}
    assert [(report.claimed, report.item) for report in stored.disputes()] == [(("B",), asked)]
    assert "Taken out of use" in stored.dispute(learner, asked, "Wrong key", ["Its quote is gone."])
    assert stored.quarantined() == {asked.id: "Its quote is gone."}
    assert records.attempts(learner) == []
    assert "Taken out" in stored.disputed(learner)[asked.id]


def test_a_report_can_be_taken_back(records: QuizRecords, stored: ItemRecords, learner: str) -> None:
    asked = item("One")
    quiz = records.start(learner, "Quiz", [asked], 1, "k")
    records.answer(quiz.id, asked.id, ["B"])
    stored.dispute(learner, asked, "Wrong key", ["Its quote is gone."])
    stored.withdraw(learner, asked, ["Its quote is gone."])
    assert stored.disputed(learner) == {}
    assert stored.quarantined() == {asked.id: "Its quote is gone."}, "an item with a flaw stays out"
    stored.withdraw(learner, asked, [])
    assert stored.barred(learner) == set()
    assert len(records.attempts(learner)) == 1


def test_a_corrected_key_regrades_the_history(records: QuizRecords, stored: ItemRecords, learner: str) -> None:
    old, new = item("One"), item("One", key=1)
    quiz = records.start(learner, "Quiz", [old], 1, "k")
    assert not records.answer(quiz.id, old.id, ["B"]).right
    assert stored.follow([item("Other"), new]) == 1
    assert stored.follow([item("Other"), new]) == 0
    assert [attempt.right for attempt in records.attempts(learner)] == [True]
    assert set(stored.quarantined()) == {old.id}


def test_generated_items_are_kept_for_all_and_quarantined_ones_are_not_asked(stored: ItemRecords) -> None:
    good, doubtful = item("Good"), item("Doubtful")
    stored.keep_generated([good], {doubtful: "Two solvers disagree."}, guessable=[good.id])
    assert stored.generated() == [good]
    assert stored.quarantined() == {doubtful.id: "Two solvers disagree."}


def test_what_a_learner_saw_is_known_and_goes_with_the_learner(
    store: LearnerStore, records: QuizRecords, learner: str
) -> None:
    records.start(learner, "Quiz", [item("One"), item("Two")], 1, "k")
    assert {seen.stem.split()[0] for seen in records.seen(learner)} == {"One", "Two"}
    store.delete_learner(learner)
    assert records.quizzes(learner) == []


def test_progress_counts_first_answers_with_an_interval(records: QuizRecords, learner: str) -> None:
    exam = read_exam(find_pack("mls_c01") / "exam.yaml")
    items = [item(f"Question {n}") for n in range(4)]
    quiz = records.start(learner, "Quiz", items, 1, "k")
    for number, asked in enumerate(items):
        records.answer(quiz.id, asked.id, ["A" if number else "B"])
    retry = records.start(learner, "Retry", items[:1], 1, "k2")
    records.answer(retry.id, items[0].id, ["A"])
    row = next(row for row in by_objective(records.attempts(learner), exam) if row.id == "3.2.1")
    assert (row.right, row.answered) == (3, 4)
    assert (row.low, row.high) == (pytest.approx(0.3006, abs=1e-3), pytest.approx(0.9544, abs=1e-3))
    domains = by_domain(records.attempts(learner), exam)
    assert [(domain.id, domain.answered) for domain in domains] == [("1", 0), ("2", 0), ("3", 4), ("4", 0)]
