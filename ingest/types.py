"""Documents and the chunks they are cut into."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from corpus.markdown import Unit
from ingest.words import words


def content_id(*parts: str) -> str:
    """Return the id of content: 16 hexadecimal digits of the SHA-256 over its parts."""
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]


@dataclass(frozen=True)
class Document:
    """One file of study material.

    ``text`` is the decoded file; spans everywhere count its code points. ``body_start`` is where the
    front matter ends. ``path`` is relative to the material's folder, with forward slashes. ``keywords`` are
    other names of its topic, for word search only.
    """

    id: str
    source: str
    path: str
    title: str
    text: str
    body_start: int = 0
    url: str | None = None
    keywords: tuple[str, ...] = ()

    @staticmethod
    def make(
        source: str,
        path: str,
        title: str,
        text: str,
        body_start: int = 0,
        url: str | None = None,
        keywords: tuple[str, ...] = (),
    ) -> Document:
        """Return a document whose id is the hash of its place and text (front matter included)."""
        return Document(content_id(source, path, title, text), source, path, title, text, body_start, url, keywords)


@dataclass(frozen=True)
class Chunk:
    """A passage that is searched as one: ``document.text[start:end]`` under a path of headings.

    ``units`` are the sentences, table rows and code blocks in it, spans counted in the document.
    """

    id: str
    document: str
    ordinal: int
    headings: tuple[str, ...]
    start: int
    end: int
    units: tuple[Unit, ...] = ()

    def text(self, document: Document) -> str:
        return document.text[self.start : self.end]


def embedded_text(document: Document, chunk: Chunk) -> str:
    """Return what is embedded for a chunk: its title and headings, then its text."""
    return f"{' › '.join((document.title, *chunk.headings))}\n{chunk.text(document)}"


def embedded_unit(document: Document, unit: Unit) -> str:
    """Return what is embedded for a unit: its text, with the title before it where it does not name the topic."""
    if set(words(document.title)) & set(words(unit.plain)):
        return unit.plain
    return f"{document.title}: {unit.plain}"
