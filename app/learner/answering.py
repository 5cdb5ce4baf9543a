"""A stored question answered: each sentence is on disk before the next one comes, and its cost is written down."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import replace

from app.learner.store import LearnerStore, Message
from app.learner.usage import Budget, UsageRecords
from app.llm.errors import ModelError
from app.llm.model import Usage
from app.tutor.tutor import Tutor
from app.tutor.types import Answer, Turn
from app.tutor.voice import Voice
from corpus.errors import TutorError

HISTORY = 8
OpenVoice = Callable[[], Voice | None]


def answer_question(
    tutor: Tutor, store: LearnerStore, messages: Sequence[Message], into: Message, open_voice: OpenVoice, budget: Budget
) -> Generator[Answer]:
    """Yield the answer to the last of ``messages``, growing, stored in ``into`` as it goes.

    Where ``into`` holds an answer that broke off, the model goes on with it. If the model cannot be opened, or the
    budget is used up, the built-in answer comes with a notice that says so.

    Raises:
        TutorError: there is nothing to answer from; ``into`` is then marked as failed.
    """
    question, earlier = messages[-1], messages[:-1]
    conversation = store.conversation(question.conversation_id)
    learner_id = conversation.learner_id if conversation else ""
    records, usage = UsageRecords(store.database), Usage()
    voice, notice = _voice(open_voice, budget.refusal(records.today(learner_id)))
    history = [Turn(item.role, item.text) for item in earlier[-HISTORY:]]
    begun = into.answer if voice is not None else None
    answer: Answer | None = None
    try:
        for answer in tutor.stream(question.text, history, voice, begun, usage):
            answer = replace(answer, notice=notice) if notice else answer
            store.save_answer(into.id, answer, "streaming")
            yield answer
        if answer is not None:
            store.save_answer(into.id, answer, "complete")
    except TutorError:
        store.end_answer(into.id, "failed")
        raise
    finally:
        if voice is not None and usage.attempts and learner_id:
            records.add(
                learner_id, voice.model.name, usage.input_tokens, usage.output_tokens, voice.price.of(usage)
            )  # fmt: skip


def _voice(open_voice: OpenVoice, refusal: str) -> tuple[Voice | None, str]:
    try:
        voice = open_voice()
    except ModelError as error:
        return None, f"{error} This is the built-in answer."
    if voice is not None and refusal:
        return None, f"{refusal} This is the built-in answer."
    return voice, ""
