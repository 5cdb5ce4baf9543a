"""What chat models have cost a learner, and whether today's budget allows more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

from sqlalchemy import func, select

from app.learner.database import Clock, Database, utc_now
from app.learner.tables import ModelUseRow


@dataclass(frozen=True)
class Spent:
    """What was used: answers by a chat model, tokens, US dollars."""

    turns: int = 0
    tokens: int = 0
    cost_usd: float = 0.0


@dataclass(frozen=True)
class Budget:
    """What a learner may use in a day (UTC); 0 means no bound."""

    tokens: int = 0
    turns: int = 0

    def refusal(self, spent: Spent) -> str:
        """Return why no chat model may be asked any more today, or nothing."""
        for what, bound, used in (("tokens", self.tokens, spent.tokens), ("answers", self.turns, spent.turns)):
            if bound and used >= bound:
                return f"Today's {bound:,} {what} of chat models are used up; they are there again after 00:00 UTC."
        return ""


class UsageRecords:
    """The use of chat models; only ever added to, so that deleting an answer gives no budget back."""

    def __init__(self, database: Database, clock: Clock = utc_now) -> None:
        self._database = database
        self._clock = clock

    def add(self, learner_id: str, model: str, input_tokens: int, output_tokens: int, cost_usd: float) -> None:
        """Store what one answer took."""
        row = ModelUseRow(
            id=uuid4().hex, learner_id=learner_id, model=model, input_tokens=input_tokens, output_tokens=output_tokens,
            cost_usd=cost_usd, used_at=self._clock(),
        )  # fmt: skip
        with self._database.writing() as session:
            session.add(row)

    def today(self, learner_id: str) -> Spent:
        """Return what a learner has used since 00:00 UTC."""
        midnight = self._clock().replace(hour=0, minute=0, second=0, microsecond=0)
        query = select(
            func.count(),
            func.coalesce(func.sum(ModelUseRow.input_tokens + ModelUseRow.output_tokens), 0),
            func.coalesce(func.sum(ModelUseRow.cost_usd), 0.0),
        ).where(
            ModelUseRow.learner_id == learner_id,
            ModelUseRow.used_at >= midnight,
            ModelUseRow.used_at < midnight + timedelta(days=1),
        )
        with self._database.reading() as session:
            turns, tokens, cost = session.execute(query).one()
        return Spent(int(turns), int(tokens), float(cost))
