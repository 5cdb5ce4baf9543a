"""Stored items: those asked, those generated, and what speaks against them: disputes, quarantine, corrected keys.

An item that is quarantined is asked no more, and answers to it count no more; with an item in its place they are
graded by that one's key.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import uuid4

from pydantic import TypeAdapter
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.learner.database import Clock, Database, utc_now
from app.learner.tables import DisputeRow, ItemRow
from app.quiz.audit import AUDIT_VERSION
from corpus.item import Item

ItemState = Literal["active", "quarantined"]
_ITEM = TypeAdapter(Item)
_CORRECTED = "Its key was corrected."


@dataclass(frozen=True)
class Dispute:
    """What a learner said against an item, the option texts ``claimed`` to be right, and what came of it."""

    id: str
    item: Item
    comment: str
    claimed: tuple[str, ...]
    outcome: str
    created_at: datetime


class ItemRecords:
    """The items in one database."""

    def __init__(self, database: Database, clock: Clock = utc_now) -> None:
        self._database = database
        self._clock = clock

    def keep_generated(
        self, items: Iterable[Item], quarantined: Mapping[Item, str] | None = None, guessable: Iterable[str] = ()
    ) -> None:
        """Store items that a writer made; ``quarantined`` ones with the reason, ``guessable`` by id."""
        known = set(guessable)
        reasons = dict(quarantined or {})
        with self._database.writing() as session:
            for item in [*items, *reasons]:
                row = keep_item(session, item, self._clock())
                row.is_generated = True
                row.is_guessable = item.id in known
                if item in reasons:
                    row.state, row.reason = "quarantined", reasons[item]

    def generated(self) -> list[Item]:
        """Return the generated items that may be asked, the oldest first."""
        query = select(ItemRow).where(ItemRow.is_generated, ItemRow.state == "active")
        with self._database.reading() as session:
            return [to_item(row) for row in session.scalars(query.order_by(ItemRow.created_at, ItemRow.id))]

    def stored(self) -> list[Item]:
        """Return every item that was asked or generated so far, whatever became of it."""
        with self._database.reading() as session:
            return [to_item(row) for row in session.scalars(select(ItemRow))]

    def quarantined(self) -> dict[str, str]:
        """Return why each item that is no longer asked is not, by id."""
        with self._database.reading() as session:
            rows = session.scalars(select(ItemRow).where(ItemRow.state == "quarantined"))
            return {row.id: row.reason for row in rows}

    def barred(self, learner_id: str) -> set[str]:
        """Return the ids of the items that a learner is not to be asked: quarantined or disputed by the learner."""
        return {*self.quarantined(), *self.disputed(learner_id)}

    def dispute(
        self, learner_id: str, item: Item, comment: str, flaws: Sequence[str], claimed: Sequence[str] = ()
    ) -> str:
        """Store what a learner says against an item with the ``flaws`` that a new audit found; return what follows.

        An item with a flaw is quarantined at once: it is asked no more, and its answers no longer count.
        """
        outcome = (
            f"Taken out of use: {' '.join(flaws)}"
            if flaws
            else "The audit found no fault. The report is kept, and you will not be asked this again."
        )
        with self._database.writing() as session:
            row = keep_item(session, item, self._clock())
            if flaws:
                row.state, row.reason = "quarantined", " ".join(flaws)
            session.add(
                DisputeRow(
                    id=uuid4().hex, learner_id=learner_id, item_id=item.id, comment=comment.strip()[:2000],
                    outcome=outcome, claimed=list(claimed), created_at=self._clock(),
                )
            )  # fmt: skip
        return outcome

    def withdraw(self, learner_id: str, item: Item, flaws: Sequence[str]) -> None:
        """Take back a learner's reports of an item; it is in use again unless it has ``flaws`` or was replaced."""
        with self._database.writing() as session:
            for row in session.scalars(_open_disputes(learner_id).where(DisputeRow.item_id == item.id)):
                row.withdrawn_at = self._clock()
            kept = session.get(ItemRow, item.id)
            if kept is not None and not flaws and kept.replaced_by is None and not kept.is_generated:
                kept.state, kept.reason = "active", ""

    def disputed(self, learner_id: str) -> dict[str, str]:
        """Return by item id what came of a learner's reports that were not taken back."""
        with self._database.reading() as session:
            rows = session.scalars(_open_disputes(learner_id).order_by(DisputeRow.created_at))
            return {row.item_id: row.outcome for row in rows}

    def disputes(self) -> list[Dispute]:
        """Return the reports of all learners that were not taken back, the newest first."""
        query = select(DisputeRow).where(DisputeRow.withdrawn_at.is_(None)).order_by(DisputeRow.created_at.desc())
        with self._database.reading() as session:
            return [
                Dispute(
                    row.id, to_item(session.get_one(ItemRow, row.item_id)), row.comment, tuple(row.claimed or ()),
                    row.outcome, row.created_at,
                )
                for row in session.scalars(query)
            ]  # fmt: skip

    def replace(self, old: Item, new: Item) -> None:
        """Put ``new`` in the place of ``old``: the old one is asked no more, and its answers are graded by the new key."""
        with self._database.writing() as session:
            keep_item(session, new, self._clock())
            row = keep_item(session, old, self._clock())
            row.state, row.reason, row.replaced_by = "quarantined", _CORRECTED, new.id

    def follow(self, bank: Sequence[Item]) -> int:
        """Return how many stored items were replaced because the bank now has the same question with another key."""
        current = {_question(item): item for item in bank}
        with self._database.reading() as session:
            stored = [to_item(row) for row in session.scalars(select(ItemRow).where(ItemRow.state == "active"))]
        corrected = [
            (item, new) for item in stored if (new := current.get(_question(item))) is not None and new.id != item.id
        ]
        for old, new in corrected:
            self.replace(old, new)
        return len(corrected)


def keep_item(session: Session, item: Item, now: datetime) -> ItemRow:
    """Return the row of an item, stored if it was not there."""
    row = session.get(ItemRow, item.id)
    if row is None:
        body = item.model_dump(mode="json")
        row = ItemRow(id=item.id, body=body, state="active", reason="", audit=AUDIT_VERSION, created_at=now)
        session.add(row)
        session.flush()
    return row


def to_item(row: ItemRow) -> Item:
    """Return the item that is stored in a row."""
    return _ITEM.validate_python(row.body)


def _open_disputes(learner_id: str) -> Select[DisputeRow]:
    return select(DisputeRow).where(DisputeRow.learner_id == learner_id, DisputeRow.withdrawn_at.is_(None))


def _question(item: Item) -> tuple[str, frozenset[str]]:
    return item.stem, frozenset(option.text for option in item.options)
