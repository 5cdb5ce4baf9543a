"""A stored question is answered through the whole chat path, whatever the model does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from app.learner.answering import answer_question
from app.learner.store import LearnerStore, Message, open_store
from app.learner.usage import Budget, UsageRecords
from app.llm.settings import ModelSettings
from app.tutor.tutor import Tutor, open_tutor
from app.tutor.types import Answer
from app.tutor.voice import Voice, open_voice
from ingest.settings import LibrarySettings

QUESTION = "Does Random Cut Forest need labels?"
TRUE = "say=Random Cut Forest is an unsupervised algorithm."


@pytest.fixture(scope="module")
def tutor(library: LibrarySettings) -> Tutor:
    return open_tutor(library)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[LearnerStore]:
    store = open_store(tmp_path)
    yield store
    store.close()


def voice(script: str) -> Voice | None:
    return open_voice(f"scripted:{script}", ModelSettings(first_token_s=0.3, total_s=0.8))


def asked(store: LearnerStore, learner: str) -> list[Message]:
    conversation = store.start_conversation(learner, QUESTION)
    return [store.add_question(conversation.id, QUESTION, uuid4().hex)]


def answered(tutor: Tutor, store: LearnerStore, messages: list[Message], spec: str, budget: Budget) -> Answer:
    into = store.begin_answer(messages[0].conversation_id, uuid4().hex)
    *_, last = answer_question(tutor, store, messages, into, lambda: voice(spec), budget)
    return last


def test_what_was_shown_is_stored_with_its_notice(tutor: Tutor, store: LearnerStore) -> None:
    messages = asked(store, store.add_learner("Ada").id)
    answer = answered(tutor, store, messages, "cut-mid-token", Budget())
    question, stored = store.messages(messages[0].conversation_id)
    assert question.text == QUESTION
    assert stored.state == "complete"
    assert stored.answer is not None
    assert stored.answer.notice == answer.notice != ""
    assert stored.answer.citations


def test_a_model_that_cannot_be_opened_leaves_the_built_in_answer(tutor: Tutor, store: LearnerStore) -> None:
    messages = asked(store, store.add_learner("Ada").id)
    answer = answered(tutor, store, messages, "no-such-script", Budget())
    assert answer.citations
    assert answer.notice.startswith("There is no script")
    assert answer.notice.endswith("This is the built-in answer.")


def test_a_used_up_budget_is_said_and_the_built_in_model_answers(tutor: Tutor, store: LearnerStore) -> None:
    ada, bo = store.add_learner("Ada").id, store.add_learner("Bo").id
    budget = Budget(turns=1)
    first = answered(tutor, store, asked(store, ada), TRUE, budget)
    assert first.model.startswith("scripted:")
    second = answered(tutor, store, asked(store, ada), TRUE, budget)
    assert second.model == "built-in"
    assert "used up" in second.notice
    assert answered(tutor, store, asked(store, bo), TRUE, budget).model.startswith("scripted:")


def test_the_budget_is_one_of_a_day_and_deleting_gives_nothing_back(store: LearnerStore) -> None:
    now = [datetime(2026, 11, 24, 23, 59, tzinfo=UTC)]
    records = UsageRecords(store.database, lambda: now[0])
    learner = store.add_learner("Ada").id
    records.add(learner, "m", 900, 100, 0.5)
    spent = records.today(learner)
    assert (spent.turns, spent.tokens, spent.cost_usd) == (1, 1000, 0.5)
    assert Budget(tokens=1000).refusal(spent)
    assert not Budget(tokens=1001).refusal(spent)
    assert not Budget().refusal(spent)
    now[0] += timedelta(minutes=2)
    assert records.today(learner).turns == 0


def test_a_broken_answer_goes_on_in_its_own_message(tutor: Tutor, store: LearnerStore) -> None:
    messages = asked(store, store.add_learner("Ada").id)
    conversation = messages[0].conversation_id
    into = store.begin_answer(conversation, uuid4().hex)
    broken = tutor.ask(QUESTION)
    store.save_answer(into.id, broken, "complete")
    again = store.resume_answer(into.id)
    *_, whole = answer_question(tutor, store, messages, again, lambda: voice(TRUE), Budget())
    assert len(store.messages(conversation)) == 2
    assert len(whole.sentences) == len(broken.sentences) + 1
    assert whole.sentences[: len(broken.sentences)] == broken.sentences
