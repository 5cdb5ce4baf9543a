"""Schema versions of the learner records; each step runs once, in one transaction with its version number.

A step is SQL that SQLite and PostgreSQL both understand. Steps that have shipped are never changed.
"""

from __future__ import annotations

from sqlalchemy import Connection, inspect, text

from app.learner.errors import StoreError

STEPS: tuple[tuple[str, ...], ...] = (
    (
        """CREATE TABLE learner (
            id VARCHAR(32) PRIMARY KEY, name VARCHAR(80) NOT NULL UNIQUE, created_at TIMESTAMP NOT NULL)""",
        """CREATE TABLE conversation (
            id VARCHAR(32) PRIMARY KEY,
            learner_id VARCHAR(32) NOT NULL REFERENCES learner(id) ON DELETE CASCADE,
            title VARCHAR(120) NOT NULL, created_at TIMESTAMP NOT NULL, updated_at TIMESTAMP NOT NULL,
            deleted_at TIMESTAMP)""",
        "CREATE INDEX conversation_by_learner ON conversation(learner_id)",
        """CREATE TABLE message (
            id VARCHAR(32) PRIMARY KEY,
            conversation_id VARCHAR(32) NOT NULL REFERENCES conversation(id) ON DELETE CASCADE,
            position INTEGER NOT NULL, role VARCHAR(16) NOT NULL, text TEXT NOT NULL, answer JSON,
            state VARCHAR(16) NOT NULL, key VARCHAR(64) NOT NULL, created_at TIMESTAMP NOT NULL,
            UNIQUE (conversation_id, key))""",
        "CREATE INDEX message_order ON message(conversation_id, position)",
    ),
    (
        """CREATE TABLE feedback (
            message_id VARCHAR(32) PRIMARY KEY REFERENCES message(id) ON DELETE CASCADE,
            value INTEGER NOT NULL, comment TEXT NOT NULL, updated_at TIMESTAMP NOT NULL)""",
    ),
    (
        """CREATE TABLE item (
            id VARCHAR(16) PRIMARY KEY, body JSON NOT NULL, state VARCHAR(16) NOT NULL, reason TEXT NOT NULL,
            replaced_by VARCHAR(16) REFERENCES item(id), created_at TIMESTAMP NOT NULL)""",
        """CREATE TABLE quiz (
            id VARCHAR(32) PRIMARY KEY,
            learner_id VARCHAR(32) NOT NULL REFERENCES learner(id) ON DELETE CASCADE,
            title VARCHAR(120) NOT NULL, seed INTEGER NOT NULL, items JSON NOT NULL, key VARCHAR(64) NOT NULL,
            created_at TIMESTAMP NOT NULL, UNIQUE (learner_id, key))""",
        "CREATE INDEX quiz_by_learner ON quiz(learner_id)",
        """CREATE TABLE attempt (
            id VARCHAR(32) PRIMARY KEY,
            quiz_id VARCHAR(32) NOT NULL REFERENCES quiz(id) ON DELETE CASCADE,
            item_id VARCHAR(16) NOT NULL REFERENCES item(id),
            chosen JSON NOT NULL, hints INTEGER NOT NULL, answered_at TIMESTAMP NOT NULL,
            UNIQUE (quiz_id, item_id))""",
        """CREATE TABLE dispute (
            id VARCHAR(32) PRIMARY KEY,
            learner_id VARCHAR(32) NOT NULL REFERENCES learner(id) ON DELETE CASCADE,
            item_id VARCHAR(16) NOT NULL REFERENCES item(id),
            comment TEXT NOT NULL, outcome TEXT NOT NULL, created_at TIMESTAMP NOT NULL)""",
    ),
    (
        """CREATE TABLE model_use (
            id VARCHAR(32) PRIMARY KEY,
            learner_id VARCHAR(32) NOT NULL REFERENCES learner(id) ON DELETE CASCADE,
            model TEXT NOT NULL, input_tokens INTEGER NOT NULL, output_tokens INTEGER NOT NULL,
            cost_usd DOUBLE PRECISION NOT NULL, used_at TIMESTAMP NOT NULL)""",
        "CREATE INDEX model_use_by_learner ON model_use(learner_id, used_at)",
    ),
    (
        "ALTER TABLE item ADD COLUMN audit VARCHAR(16) NOT NULL DEFAULT ''",
        "ALTER TABLE item ADD COLUMN is_generated BOOLEAN NOT NULL DEFAULT FALSE",
        "ALTER TABLE item ADD COLUMN is_guessable BOOLEAN",
        "ALTER TABLE dispute ADD COLUMN claimed JSON",
        "ALTER TABLE dispute ADD COLUMN withdrawn_at TIMESTAMP",
    ),
)


def migrate(connection: Connection) -> None:
    """Bring the schema to the newest version inside the caller's transaction.

    Raises:
        StoreError: the records were written by a newer program.
    """
    version = _version(connection)
    if version > len(STEPS):
        raise StoreError(
            f"The learner records have schema {version}, this program knows {len(STEPS)}; update the program."
        )
    for number, step in enumerate(STEPS[version:], version + 1):
        for statement in step:
            connection.execute(text(statement))
        connection.execute(text("DELETE FROM schema_version"))
        connection.execute(text("INSERT INTO schema_version (version) VALUES (:version)"), {"version": number})


def _version(connection: Connection) -> int:
    if not inspect(connection).has_table("schema_version"):
        connection.execute(text("CREATE TABLE schema_version (version INTEGER NOT NULL)"))
        return 0
    return int(connection.execute(text("SELECT max(version) FROM schema_version")).scalar() or 0)
