"""The learner records: who learns, what was said, and what was thought of it.

Every method is one transaction, and what it was given is on disk when it returns.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal
from uuid import uuid4

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from app.learner.database import Clock, Database, get_row, utc_now
from app.learner.errors import StoreError
from app.learner.tables import ConversationRow, FeedbackRow, LearnerRow, MessageRow
from app.tutor.types import Answer, Role, answer_from_json, answer_to_json

State = Literal["streaming", "complete", "stopped", "failed"]
MAX_NAME = 80
MAX_TITLE = 120


@dataclass(frozen=True)
class Learner:
    id: str
    name: str
    created_at: datetime


@dataclass(frozen=True)
class Conversation:
    id: str
    learner_id: str
    title: str
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True)
class Message:
    """One thing said; an assistant's message carries its ``answer`` with the quotes it cites.

    ``feedback`` is 1, -1 or None. A message found ``streaming`` by another run was interrupted.
    """

    id: str
    conversation_id: str
    role: Role
    text: str
    state: State
    created_at: datetime
    answer: Answer | None = None
    feedback: int | None = None


class LearnerStore:
    """The records behind one database URL."""

    def __init__(self, url: str, clock: Clock = utc_now) -> None:
        self._clock = clock
        self.database = Database(url)

    def close(self) -> None:
        """Release the database."""
        self.database.close()

    # Learners

    def learners(self) -> list[Learner]:
        """Return all learners by name."""
        with self.database.reading() as session:
            return [_learner(row) for row in session.scalars(select(LearnerRow).order_by(LearnerRow.name))]

    def add_learner(self, name: str) -> Learner:
        """Create and return a learner.

        Raises:
            StoreError: the name is empty or taken.
        """
        row = LearnerRow(id=uuid4().hex, name=_clean(name, MAX_NAME, "name"), created_at=self._clock())
        try:
            with self.database.writing() as session:
                session.add(row)
                session.flush()
                return _learner(row)
        except IntegrityError as error:
            raise StoreError(f"There is a learner called {name.strip()} already; choose another name.") from error

    def rename_learner(self, learner_id: str, name: str) -> None:
        """Change a learner's name; raises as `add_learner` does."""
        try:
            with self.database.writing() as session:
                get_row(session, LearnerRow, learner_id).name = _clean(name, MAX_NAME, "name")
        except IntegrityError as error:
            raise StoreError(f"There is a learner called {name.strip()} already; choose another name.") from error

    def delete_learner(self, learner_id: str) -> None:
        """Delete a learner with all records, for good."""
        with self.database.writing() as session:
            session.delete(get_row(session, LearnerRow, learner_id))

    # Conversations

    def conversations(self, learner_id: str) -> list[Conversation]:
        """Return a learner's conversations, the last used first, without deleted ones."""
        query = (
            select(ConversationRow)
            .where(ConversationRow.learner_id == learner_id, ConversationRow.deleted_at.is_(None))
            .order_by(ConversationRow.updated_at.desc(), ConversationRow.id)
        )
        with self.database.reading() as session:
            return [_conversation(row) for row in session.scalars(query)]

    def conversation(self, conversation_id: str) -> Conversation | None:
        """Return a conversation, or None if it is not there or deleted."""
        with self.database.reading() as session:
            row = session.get(ConversationRow, conversation_id)
            return _conversation(row) if row is not None and row.deleted_at is None else None

    def start_conversation(self, learner_id: str, title: str) -> Conversation:
        """Create and return a conversation; ``title`` is cut to fit."""
        now = self._clock()
        with self.database.writing() as session:
            get_row(session, LearnerRow, learner_id)
            row = ConversationRow(
                id=uuid4().hex, learner_id=learner_id, title=_short(title), created_at=now, updated_at=now
            )
            session.add(row)
            session.flush()
            return _conversation(row)

    def rename_conversation(self, conversation_id: str, title: str) -> None:
        """Change a title; raises StoreError if it is empty."""
        with self.database.writing() as session:
            get_row(session, ConversationRow, conversation_id).title = _clean(title, MAX_TITLE, "title")

    def delete_conversation(self, conversation_id: str) -> None:
        """Hide a conversation; `restore_conversation` brings it back."""
        with self.database.writing() as session:
            get_row(session, ConversationRow, conversation_id).deleted_at = self._clock()

    def restore_conversation(self, conversation_id: str) -> None:
        """Undo `delete_conversation`."""
        with self.database.writing() as session:
            get_row(session, ConversationRow, conversation_id).deleted_at = None

    # Messages

    def messages(self, conversation_id: str) -> list[Message]:
        """Return what was said, in order."""
        query = (
            select(MessageRow, FeedbackRow.value)
            .outerjoin(FeedbackRow, FeedbackRow.message_id == MessageRow.id)
            .where(MessageRow.conversation_id == conversation_id)
            .order_by(MessageRow.position)
        )
        with self.database.reading() as session:
            return [_message(row, value) for row, value in session.execute(query)]

    def add_question(self, conversation_id: str, text: str, key: str) -> Message:
        """Store what a learner said; the same ``key`` again returns what is stored already."""
        return self._add(conversation_id, "user", text, "complete", key, None)

    def begin_answer(self, conversation_id: str, key: str) -> Message:
        """Store an empty answer that is being streamed; the same ``key`` again returns what is stored."""
        return self._add(conversation_id, "assistant", "", "streaming", key, None)

    def save_answer(self, message_id: str, answer: Answer, state: State) -> None:
        """Store an answer as far as it has come; one that is no longer streaming stays as it is."""
        with self.database.writing() as session:
            row = get_row(session, MessageRow, message_id)
            if row.state == "streaming":
                row.answer, row.text, row.state = answer_to_json(answer), answer.text, state

    def resume_answer(self, message_id: str) -> Message:
        """Return an answer that broke off, to be streamed on; what it holds stays."""
        with self.database.writing() as session:
            row = get_row(session, MessageRow, message_id)
            row.state = "streaming"
            return _message(row, None)

    def end_answer(self, message_id: str, state: State) -> None:
        """Mark an answer that is being streamed as ended; what was saved of it stays."""
        with self.database.writing() as session:
            row = get_row(session, MessageRow, message_id)
            if row.state == "streaming":
                row.state = state

    def cut_from(self, message_id: str) -> None:
        """Delete a message and all after it, to ask again from there."""
        with self.database.writing() as session:
            first = get_row(session, MessageRow, message_id)
            query = select(MessageRow).where(
                MessageRow.conversation_id == first.conversation_id, MessageRow.position >= first.position
            )
            for row in session.scalars(query):
                session.delete(row)

    def rate(self, message_id: str, value: Literal[-1, 0, 1], comment: str = "") -> None:
        """Store thumbs up (1) or down (-1) for a message, or take it back (0)."""
        with self.database.writing() as session:
            get_row(session, MessageRow, message_id)
            row = session.get(FeedbackRow, message_id)
            if value == 0:
                if row is not None:
                    session.delete(row)
                return
            if row is None:
                row = FeedbackRow(message_id=message_id)
                session.add(row)
            row.value, row.comment, row.updated_at = value, comment, self._clock()

    def _add(
        self, conversation_id: str, role: Role, text: str, state: State, key: str, answer: dict[str, Any] | None
    ) -> Message:
        with self.database.writing() as session:
            conversation = get_row(session, ConversationRow, conversation_id)
            known = session.scalar(
                select(MessageRow).where(MessageRow.conversation_id == conversation_id, MessageRow.key == key)
            )
            if known is not None:
                return _message(known, None)
            last = session.scalar(
                select(func.max(MessageRow.position)).where(MessageRow.conversation_id == conversation_id)
            )
            row = MessageRow(
                id=uuid4().hex, conversation_id=conversation_id, position=(last or 0) + 1, role=role, text=text,
                answer=answer, state=state, key=key, created_at=self._clock(),
            )  # fmt: skip
            conversation.updated_at = row.created_at
            session.add(row)
            session.flush()
            return _message(row, None)


def open_store(home: Path, url: str | None = None) -> LearnerStore:
    """Return the records at ``url``, else those in ``home``/learner.sqlite, made if missing."""
    if url is None:
        home.mkdir(parents=True, exist_ok=True)
        url = f"sqlite:///{home / 'learner.sqlite'}"
    return LearnerStore(url)


def _clean(text: str, longest: int, what: str) -> str:
    text = " ".join(text.split())
    if not text or len(text) > longest:
        raise StoreError(f"A {what} has 1 to {longest} characters; type another one.")
    return text


def _short(title: str) -> str:
    title = " ".join(title.split()) or "New conversation"
    return title if len(title) <= 60 else f"{title[:57].rsplit(' ', 1)[0]} …"


def _learner(row: LearnerRow) -> Learner:
    return Learner(row.id, row.name, row.created_at)


def _conversation(row: ConversationRow) -> Conversation:
    return Conversation(row.id, row.learner_id, row.title, row.created_at, row.updated_at)


def _message(row: MessageRow, feedback: int | None) -> Message:
    answer = answer_from_json(row.answer) if row.answer else None
    role: Role = "user" if row.role == "user" else "assistant"
    state: State = row.state  # type: ignore[assignment]
    return Message(row.id, row.conversation_id, role, row.text, state, row.created_at, answer, feedback)
