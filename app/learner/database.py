"""The database behind the learner records: durable transactions in SQLite or any other by URL.

In SQLite writes begin with BEGIN IMMEDIATE and wait up to a minute for each other, because deferred transactions
fail when they upgrade.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from app.learner.errors import NotFoundError, StoreError
from app.learner.migrations import migrate

Clock = Callable[[], datetime]
_BUSY_SECONDS = 60


def utc_now() -> datetime:
    """Return the time."""
    return datetime.now(UTC)


class Database:
    """A database at the newest schema."""

    def __init__(self, url: str) -> None:
        self._engine = _engine(url)
        with self.writing() as session:
            migrate(session.connection())

    def close(self) -> None:
        """Release the connections."""
        self._engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Give a session that sees one state of the records."""
        with _wrapped(), Session(self._engine) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Give a session whose transaction is committed, durably, when the block ends."""
        with _wrapped(), Session(self._engine.execution_options(writes=True)) as session, session.begin():
            yield session


@contextmanager
def _wrapped() -> Iterator[None]:
    try:
        yield
    except IntegrityError:
        raise
    except SQLAlchemyError as error:
        raise StoreError(
            f"The learner records cannot be used ({type(error).__name__}); check the disk and TUTOR_DATABASE_URL."
        ) from error


def _engine(url: str) -> Engine:
    if not url.startswith("sqlite"):
        return create_engine(url, pool_pre_ping=True)
    engine = create_engine(url, poolclass=NullPool, connect_args={"timeout": _BUSY_SECONDS})

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # SQLAlchemy's own BEGIN below, not the driver's deferred one
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={_BUSY_SECONDS}000"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def get_row(session: Session, kind: type[Any], row_id: str) -> Any:
    """Return the row of that id.

    Raises:
        NotFoundError: it is not there.
    """
    row = session.get(kind, row_id)
    if row is None:
        raise NotFoundError("That is not there any more; reload the page.")
    return row
