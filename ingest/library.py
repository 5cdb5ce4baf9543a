"""The library: documents, chunks and vectors in one SQLite file; the truth of what was ingested.

Rows are immutable and named by the hash of their content. A generation lists the documents that are taught
together; a reader loads one generation whole, whatever is being ingested meanwhile.
"""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from corpus.markdown import Unit
from ingest.errors import LibraryError
from ingest.types import Chunk, Document, content_id, embedded_text, embedded_unit

SCHEMA_VERSION = 1
_SCHEMA = """
CREATE TABLE documents (
    id TEXT PRIMARY KEY, source TEXT NOT NULL, path TEXT NOT NULL, title TEXT NOT NULL, text TEXT NOT NULL,
    body_start INTEGER NOT NULL, url TEXT, keywords TEXT NOT NULL);
CREATE TABLE chunks (
    id TEXT PRIMARY KEY, document TEXT NOT NULL REFERENCES documents(id) ON DELETE CASCADE,
    ordinal INTEGER NOT NULL, headings TEXT NOT NULL, start INTEGER NOT NULL, stop INTEGER NOT NULL,
    text_hash TEXT NOT NULL);
CREATE INDEX chunks_by_document ON chunks(document);
CREATE TABLE units (
    chunk TEXT NOT NULL REFERENCES chunks(id) ON DELETE CASCADE, ordinal INTEGER NOT NULL, kind TEXT NOT NULL,
    start INTEGER NOT NULL, stop INTEGER NOT NULL, plain TEXT NOT NULL, text_hash TEXT NOT NULL,
    PRIMARY KEY (chunk, ordinal));
CREATE TABLE vectors (
    text_hash TEXT NOT NULL, embedder TEXT NOT NULL, vector BLOB NOT NULL, PRIMARY KEY (text_hash, embedder));
CREATE TABLE materials (place TEXT PRIMARY KEY);
CREATE TABLE generations (
    name TEXT NOT NULL, document TEXT NOT NULL REFERENCES documents(id), PRIMARY KEY (name, document));
"""


class Library:
    """One library file; connections are short, so any number of readers and one writer get along."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def create(self) -> None:
        """Make the file and its tables if they are missing.

        Raises:
            LibraryError: the file is no library or of a newer version.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self._connection() as db:
            version = db.execute("PRAGMA user_version").fetchone()[0]
            if version == 0:
                db.executescript(f"BEGIN IMMEDIATE;{_SCHEMA}PRAGMA user_version={SCHEMA_VERSION};COMMIT;")
            elif version != SCHEMA_VERSION:
                raise LibraryError(
                    f"{self.path} was written by another version (schema {version}); update the program, "
                    "or move the file away and ingest again."
                )

    def known_documents(self, ids: Iterable[str]) -> set[str]:
        """Return those of ``ids`` whose documents are stored with their chunks."""
        with self._connection() as db:
            stored = {row[0] for row in db.execute("SELECT id FROM documents")}
        return stored & set(ids)

    def add_documents(self, documents: Sequence[Document], chunks: Mapping[str, Sequence[Chunk]]) -> None:
        """Store documents with their chunks, all or none; what is stored already stays as it is."""
        with self._connection() as db, _transaction(db):
            for document in documents:
                db.execute(
                    "INSERT OR IGNORE INTO documents VALUES (?,?,?,?,?,?,?,?)",
                    (
                        document.id,
                        document.source,
                        document.path,
                        document.title,
                        document.text,
                        document.body_start,
                        document.url,
                        json.dumps(document.keywords),
                    ),
                )
                db.executemany(
                    "INSERT OR IGNORE INTO chunks VALUES (?,?,?,?,?,?,?)",
                    [
                        (
                            chunk.id,
                            chunk.document,
                            chunk.ordinal,
                            json.dumps(chunk.headings),
                            chunk.start,
                            chunk.end,
                            content_id(embedded_text(document, chunk)),
                        )
                        for chunk in chunks[document.id]
                    ],
                )
                db.executemany(
                    "INSERT OR IGNORE INTO units VALUES (?,?,?,?,?,?,?)",
                    [
                        (
                            chunk.id,
                            i,
                            unit.kind,
                            unit.start,
                            unit.end,
                            unit.plain,
                            content_id(embedded_unit(document, unit)),
                        )
                        for chunk in chunks[document.id]
                        for i, unit in enumerate(chunk.units)
                    ],
                )

    def missing_vectors(self, document_ids: Iterable[str], embedder: str) -> dict[str, str]:
        """Return {text hash: text to embed} for chunks and units of these documents without a vector."""
        with self._connection() as db:
            have = {row[0] for row in db.execute("SELECT text_hash FROM vectors WHERE embedder = ?", (embedder,))}
            hashes = db.execute(
                "SELECT document, text_hash FROM chunks UNION"
                " SELECT c.document, u.text_hash FROM units u JOIN chunks c ON c.id = u.chunk"
            ).fetchall()
        incomplete = {document for document, key in hashes if key not in have} & set(document_ids)
        texts = [
            text
            for document, chunks in self._load(incomplete)
            for chunk in chunks
            for text in (embedded_text(document, chunk), *(embedded_unit(document, unit) for unit in chunk.units))
        ]
        return {key: text for text in texts if (key := content_id(text)) not in have}

    def add_vectors(self, embedder: str, vectors: Mapping[str, Sequence[float]]) -> None:
        """Store a vector per text hash."""
        rows = [(key, embedder, np.asarray(vector, dtype="<f4").tobytes()) for key, vector in vectors.items()]
        with self._connection() as db, _transaction(db):
            db.executemany("INSERT OR REPLACE INTO vectors VALUES (?,?,?)", rows)

    def chunk_vectors(self, embedder: str, document_ids: Iterable[str]) -> dict[str, NDArray[np.float32]]:
        """Return the vector of each chunk id of these documents."""
        wanted = set(document_ids)
        with self._connection() as db:
            rows = db.execute(
                "SELECT c.id, c.document, v.vector FROM chunks c JOIN vectors v ON v.text_hash = c.text_hash"
                " WHERE v.embedder = ?",
                (embedder,),
            ).fetchall()
        return {row[0]: np.frombuffer(row[2], dtype="<f4") for row in rows if row[1] in wanted}

    def unit_vectors(self, embedder: str) -> dict[tuple[str, int], NDArray[np.float32]]:
        """Return the vector of each unit, by (chunk id, position in the chunk)."""
        with self._connection() as db:
            rows = db.execute(
                "SELECT u.chunk, u.ordinal, v.vector FROM units u JOIN vectors v ON v.text_hash = u.text_hash"
                " WHERE v.embedder = ?",
                (embedder,),
            ).fetchall()
        return {(row[0], row[1]): np.frombuffer(row[2], dtype="<f4") for row in rows}

    def save_generation(self, name: str, document_ids: Iterable[str]) -> None:
        """Record which documents a generation holds."""
        with self._connection() as db, _transaction(db):
            db.executemany("INSERT OR IGNORE INTO generations VALUES (?,?)", [(name, i) for i in document_ids])

    def load_generation(self, name: str) -> list[tuple[Document, list[Chunk]]]:
        """Return the documents of a generation, each with its chunks in reading order.

        Raises:
            LibraryError: there is no such generation.
        """
        with self._connection() as db:
            ids = {row[0] for row in db.execute("SELECT document FROM generations WHERE name = ?", (name,))}
        if not ids:
            raise LibraryError(f"The library does not hold the generation {name}; run tutor ingest.")
        return self._load(ids)

    def count_documents(self, generation: str) -> int:
        """Return how many documents a generation holds."""
        with self._connection() as db:
            return int(db.execute("SELECT count(*) FROM generations WHERE name = ?", (generation,)).fetchone()[0])

    def keep_generations(self, names: Iterable[str]) -> None:
        """Forget all other generations and the documents that only they held."""
        keep = list(names)
        marks = ",".join("?" * len(keep))
        with self._connection() as db, _transaction(db):
            db.execute(f"DELETE FROM generations WHERE name NOT IN ({marks})", keep)
            db.execute("DELETE FROM documents WHERE id NOT IN (SELECT document FROM generations)")

    def materials(self) -> list[Path]:
        """Return the places of a learner's own material."""
        with self._connection() as db:
            return [Path(row[0]) for row in db.execute("SELECT place FROM materials ORDER BY place")]

    def set_materials(self, places: Iterable[Path]) -> None:
        """Replace the list of places."""
        with self._connection() as db, _transaction(db):
            db.execute("DELETE FROM materials")
            db.executemany("INSERT INTO materials VALUES (?)", [(str(place),) for place in places])

    def _load(self, ids: set[str]) -> list[tuple[Document, list[Chunk]]]:
        with self._connection() as db:
            documents = [
                Document(row[0], row[1], row[2], row[3], row[4], row[5], row[6], tuple(json.loads(row[7])))
                for row in db.execute("SELECT * FROM documents ORDER BY source, path")
                if row[0] in ids
            ]
            units: dict[str, list[Unit]] = defaultdict(list)
            for row in db.execute("SELECT chunk, kind, start, stop, plain FROM units ORDER BY chunk, ordinal"):
                units[row[0]].append(Unit(*row[1:]))
            chunks: dict[str, list[Chunk]] = {document.id: [] for document in documents}
            for row in db.execute("SELECT id, document, ordinal, headings, start, stop FROM chunks ORDER BY ordinal"):
                if row[1] in chunks:
                    chunks[row[1]].append(
                        Chunk(row[0], row[1], row[2], tuple(json.loads(row[3])), row[4], row[5], tuple(units[row[0]]))
                    )
        return [(document, chunks[document.id]) for document in documents]

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        try:
            db = sqlite3.connect(self.path, timeout=60, isolation_level=None)
            try:
                db.execute("PRAGMA foreign_keys=ON")
                db.execute("PRAGMA journal_mode=WAL")
                db.execute("PRAGMA synchronous=FULL")
                yield db
            finally:
                db.close()
        except sqlite3.DatabaseError as error:
            raise LibraryError(
                f"The library {self.path} cannot be used ({error}); "
                "move the file away and run tutor ingest to build it again."
            ) from error


@contextmanager
def _transaction(db: sqlite3.Connection) -> Iterator[None]:
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")
