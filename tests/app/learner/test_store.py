from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.learner.errors import NotFoundError, StoreError
from app.learner.export import conversation_markdown
from app.learner.migrations import STEPS
from app.learner.store import LearnerStore, open_store
from app.tutor.types import Answer, Citation, NextStep, Sentence, Verdict

ANSWER = Answer(
    question="What is RCF?",
    kind="answer",
    model="built-in",
    sentences=(Sentence("RCF finds *anomalies*.", Verdict.SUPPORTED, 1.0, "verbatim", (1,)),),
    citations=(Citation(1, "d1", "notes/rcf.md", "RCF › What it is", "RCF finds *anomalies*.", 10, 32),),
    next_steps=(NextStep("More", "What is k-means?"),),
)


@pytest.fixture
def store(tmp_path: Path) -> LearnerStore:
    return open_store(tmp_path)


def test_a_conversation_comes_back_as_it_was(store: LearnerStore, tmp_path: Path) -> None:
    ann = store.add_learner("  Ann  ")
    conversation = store.start_conversation(ann.id, "What is RCF?")
    question = store.add_question(conversation.id, "What is RCF?", "key-1")
    answer = store.begin_answer(conversation.id, "key-2")
    store.save_answer(answer.id, ANSWER, "streaming")
    store.save_answer(answer.id, ANSWER, "complete")
    store.rate(answer.id, 1)
    store.close()
    again = open_store(tmp_path)
    messages = again.messages(conversation.id)
    assert [m.id for m in messages] == [question.id, answer.id]
    assert messages[1].answer == ANSWER
    assert (messages[1].state, messages[1].feedback) == ("complete", 1)
    assert again.learners()[0].name == "Ann"
    assert messages[0].created_at.tzinfo is UTC


def test_the_same_key_is_stored_once(store: LearnerStore) -> None:
    conversation = store.start_conversation(store.add_learner("A").id, "t")
    first = store.add_question(conversation.id, "one", "k")
    assert store.add_question(conversation.id, "two", "k") == first
    assert len(store.messages(conversation.id)) == 1


def test_an_ended_answer_is_not_overwritten(store: LearnerStore) -> None:
    conversation = store.start_conversation(store.add_learner("A").id, "t")
    message = store.begin_answer(conversation.id, "k")
    store.end_answer(message.id, "stopped")
    store.save_answer(message.id, ANSWER, "complete")
    assert store.messages(conversation.id)[0].state == "stopped"


def test_learners_are_kept_apart_and_deletion_can_be_undone(store: LearnerStore) -> None:
    ann, bob = store.add_learner("Ann"), store.add_learner("Bob")
    conversation = store.start_conversation(ann.id, "hers")
    assert store.conversations(bob.id) == []
    store.delete_conversation(conversation.id)
    assert store.conversations(ann.id) == []
    store.restore_conversation(conversation.id)
    assert [c.id for c in store.conversations(ann.id)] == [conversation.id]
    store.delete_learner(ann.id)
    assert store.conversation(conversation.id) is None


def test_editing_cuts_the_conversation_there(store: LearnerStore) -> None:
    conversation = store.start_conversation(store.add_learner("A").id, "t")
    ids = [store.add_question(conversation.id, str(i), str(i)).id for i in range(4)]
    store.cut_from(ids[2])
    assert [m.id for m in store.messages(conversation.id)] == ids[:2]


@pytest.mark.parametrize("name", ["", "   ", "x" * 81])
def test_a_bad_name_is_one_sentence(store: LearnerStore, name: str) -> None:
    with pytest.raises(StoreError, match="1 to 80"):
        store.add_learner(name)


def test_a_taken_name_and_a_missing_message_are_said(store: LearnerStore) -> None:
    store.add_learner("A")
    with pytest.raises(StoreError, match="already"):
        store.add_learner("A")
    with pytest.raises(NotFoundError, match="not there"):
        store.rate("nothing", 1)


def test_threads_lose_nothing(store: LearnerStore) -> None:
    conversation = store.start_conversation(store.add_learner("A").id, "t")
    errors: list[BaseException] = []

    def write(worker: int) -> None:
        try:
            for i in range(10):
                store.add_question(conversation.id, f"{worker}-{i}", f"{worker}-{i}")
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=write, args=(n,)) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    messages = store.messages(conversation.id)
    assert len({m.text for m in messages}) == 200


WRITER = """
import sys
from pathlib import Path
from app.learner.store import open_store
store = open_store(Path(sys.argv[1]))
for i in range(100000):
    store.add_question(sys.argv[2], f"said {i}", f"{sys.argv[3]}-{i}")
    print(i, flush=True)
"""


def test_kill_9_loses_nothing_that_was_acknowledged(store: LearnerStore, tmp_path: Path) -> None:
    conversation = store.start_conversation(store.add_learner("A").id, "t")
    for round_ in range(3):
        process = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path), conversation.id, str(round_)],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ},
        )
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(0.3)
        process.send_signal(signal.SIGKILL)
        acknowledged = process.stdout.read().split()
        process.stdout.close()
        process.wait()
        assert len(acknowledged) > 3
        stored = {m.text for m in open_store(tmp_path).messages(conversation.id)}
        # The last line may be cut by the kill.
        assert {f"said {i}" for i in acknowledged[:-1]} <= stored


def test_an_old_schema_is_migrated_and_keeps_its_rows(tmp_path: Path) -> None:
    path = tmp_path / "learner.sqlite"
    with sqlite3.connect(path) as db:
        for statement in STEPS[0]:
            db.execute(statement)
        db.execute("CREATE TABLE schema_version (version INTEGER NOT NULL)")
        db.execute("INSERT INTO schema_version VALUES (1)")
        db.execute("INSERT INTO learner VALUES ('l1', 'Old', '2026-01-01 00:00:00.000000')")
    store = open_store(tmp_path)
    assert [learner.name for learner in store.learners()] == ["Old"]
    conversation = store.start_conversation("l1", "t")
    store.rate(store.begin_answer(conversation.id, "k").id, -1)
    assert store.messages(conversation.id)[0].feedback == -1


def test_records_of_a_newer_program_are_left_alone(tmp_path: Path) -> None:
    open_store(tmp_path).close()
    with sqlite3.connect(tmp_path / "learner.sqlite") as db:
        db.execute("UPDATE schema_version SET version = 99")
    with pytest.raises(StoreError, match="update the program"):
        open_store(tmp_path)


def test_a_time_without_a_zone_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        LearnerStore(f"sqlite:///{tmp_path / 'x.sqlite'}", clock=lambda: datetime(2026, 1, 1)).add_learner("A")


def test_an_export_stays_text(store: LearnerStore) -> None:
    conversation = store.start_conversation(store.add_learner("A").id, "# <b>t</b> ![x](http://y)")
    store.add_question(conversation.id, "![x](http://y)\n# not a heading", "1")
    message = store.begin_answer(conversation.id, "2")
    store.save_answer(message.id, ANSWER, "complete")
    text = conversation_markdown(conversation, store.messages(conversation.id))
    assert "![x](" not in text
    assert "<b>" not in text
    assert r"RCF finds \*anomalies\*. \[1\]" in text
    assert "RCF › What it is" in text
