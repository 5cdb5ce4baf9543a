"""Quizzes taken: their items and the answers given.

Answers are append-only: one for each item of a quiz, the first that arrives; the same answer sent again changes
nothing. What was chosen is stored as the options' texts, and whether it was right follows from the item's key as it
stands now, so that a corrected key regrades the history.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.learner.database import Clock, Database, get_row, utc_now
from app.learner.errors import StoreError
from app.learner.items import keep_item, to_item
from app.learner.tables import AttemptRow, ItemRow, LearnerRow, QuizRow
from app.quiz.score import is_right
from corpus.item import Item


@dataclass(frozen=True)
class Attempt:
    """An answer: the texts ``chosen`` for an item, with how many ``hints``, and whether it is ``right`` by the key.

    ``item`` is the corrected one where the key was corrected since.
    """

    quiz_id: str
    item: Item
    chosen: tuple[str, ...]
    hints: int
    right: bool
    answered_at: datetime


@dataclass(frozen=True)
class Quiz:
    """A quiz: its items in their order and the attempts so far by item id; options are shown in the order of ``seed``."""

    id: str
    learner_id: str
    title: str
    seed: int
    items: tuple[Item, ...]
    attempts: dict[str, Attempt]
    created_at: datetime

    @property
    def is_done(self) -> bool:
        return all(item.id in self.attempts for item in self.items)

    @property
    def next_item(self) -> Item | None:
        """The first item without an answer."""
        return next((item for item in self.items if item.id not in self.attempts), None)

    @property
    def right(self) -> int:
        return sum(attempt.right for attempt in self.attempts.values())

    @property
    def misses(self) -> tuple[Item, ...]:
        return tuple(item for item in self.items if item.id in self.attempts and not self.attempts[item.id].right)


class QuizRecords:
    """The quizzes in one database."""

    def __init__(self, database: Database, clock: Clock = utc_now) -> None:
        self._database = database
        self._clock = clock

    def start(self, learner_id: str, title: str, items: Sequence[Item], seed: int, key: str) -> Quiz:
        """Store and return a quiz; the same ``key`` again returns the one that is stored.

        Raises:
            StoreError: there are no items.
        """
        if not items:
            raise StoreError("There are no questions for this choice; choose another topic.")
        with self._database.writing() as session:
            get_row(session, LearnerRow, learner_id)
            known = session.scalar(select(QuizRow).where(QuizRow.learner_id == learner_id, QuizRow.key == key))
            if known is None:
                for item in items:
                    keep_item(session, item, self._clock())
                known = QuizRow(
                    id=uuid4().hex, learner_id=learner_id, title=title[:120], seed=seed,
                    items=[item.id for item in items], key=key, created_at=self._clock(),
                )  # fmt: skip
                session.add(known)
                session.flush()
            return self._quiz(session, known)

    def quiz(self, quiz_id: str) -> Quiz | None:
        """Return a quiz with what was answered so far, or None."""
        with self._database.reading() as session:
            row = session.get(QuizRow, quiz_id)
            return self._quiz(session, row) if row else None

    def quizzes(self, learner_id: str, limit: int = 20) -> list[Quiz]:
        """Return a learner's last quizzes, the newest first."""
        query = select(QuizRow).where(QuizRow.learner_id == learner_id).order_by(QuizRow.created_at.desc(), QuizRow.id)
        with self._database.reading() as session:
            return [self._quiz(session, row) for row in session.scalars(query.limit(limit))]

    def answer(self, quiz_id: str, item_id: str, chosen: Sequence[str], hints: int = 0) -> Attempt:
        """Store what was chosen and return it once it is on disk; a second answer to the item changes nothing.

        Raises:
            StoreError: the item is not in the quiz, or a text is not one of its options, or nothing is chosen.
        """
        with self._database.writing() as session:
            quiz = get_row(session, QuizRow, quiz_id)
            if item_id not in quiz.items:
                raise StoreError("That question is not in this quiz; reload the page.")
            item = to_item(get_row(session, ItemRow, item_id))
            texts = {option.text for option in item.options}
            if not chosen or not set(chosen) <= texts:
                raise StoreError("Choose from the options of the question.")
            row = session.scalar(select(AttemptRow).where(AttemptRow.quiz_id == quiz_id, AttemptRow.item_id == item_id))
            if row is None:
                row = AttemptRow(
                    id=uuid4().hex, quiz_id=quiz_id, item_id=item_id, chosen=sorted(set(chosen)), hints=hints,
                    answered_at=self._clock(),
                )  # fmt: skip
                session.add(row)
                session.flush()
            return self._attempt(session, row)

    def attempts(self, learner_id: str) -> list[Attempt]:
        """Return all answers of a learner, the oldest first; those to quarantined items are left out."""
        query = (
            select(AttemptRow)
            .join(QuizRow, QuizRow.id == AttemptRow.quiz_id)
            .join(ItemRow, ItemRow.id == AttemptRow.item_id)
            .where(QuizRow.learner_id == learner_id, (ItemRow.state == "active") | ItemRow.replaced_by.is_not(None))
            .order_by(AttemptRow.answered_at, AttemptRow.id)
        )
        with self._database.reading() as session:
            return [self._attempt(session, row) for row in session.scalars(query)]

    def seen(self, learner_id: str) -> list[Item]:
        """Return every item that a learner was asked, without repeats."""
        query = select(QuizRow.items).where(QuizRow.learner_id == learner_id)
        with self._database.reading() as session:
            ids = {item_id for items in session.scalars(query) for item_id in items}
            return [to_item(row) for row in session.scalars(select(ItemRow).where(ItemRow.id.in_(ids)))]

    def _quiz(self, session: Session, row: QuizRow) -> Quiz:
        items = {item.id: to_item(item) for item in session.scalars(select(ItemRow).where(ItemRow.id.in_(row.items)))}
        attempts = session.scalars(select(AttemptRow).where(AttemptRow.quiz_id == row.id))
        return Quiz(
            id=row.id,
            learner_id=row.learner_id,
            title=row.title,
            seed=row.seed,
            items=tuple(items[item_id] for item_id in row.items),
            attempts={attempt.item_id: self._attempt(session, attempt) for attempt in attempts},
            created_at=row.created_at,
        )

    def _attempt(self, session: Session, row: AttemptRow) -> Attempt:
        stored = session.get_one(ItemRow, row.item_id)
        item = to_item(session.get_one(ItemRow, stored.replaced_by) if stored.replaced_by else stored)
        chosen = tuple(row.chosen)
        return Attempt(row.quiz_id, item, chosen, row.hints, is_right(item, chosen), row.answered_at)
