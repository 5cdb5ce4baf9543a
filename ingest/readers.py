"""Files to documents: the notes of an exam pack, and folders of Markdown or text of a learner's own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from corpus.note import parse_note, split_front_matter
from corpus.pack import note_paths
from ingest.errors import ReaderError
from ingest.types import Document

SUFFIXES = (".md", ".markdown", ".txt")
MAX_BYTES = 5_000_000

# Zero-width, bidirectional, tag and other format characters: invisible to a reader, visible to a model.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_HEADING = re.compile(r"^#\s+(.+?)\s*#*\s*$", re.MULTILINE)


@dataclass(frozen=True)
class Skipped:
    """A file that was left out, and the sentence that says why."""

    path: str
    why: str


@dataclass(frozen=True)
class Reading:
    """What a folder or file gave."""

    documents: tuple[Document, ...]
    skipped: tuple[Skipped, ...] = ()


def clean_text(raw: bytes) -> str:
    """Return UTF-8 ``raw`` as text with ``\\n`` line ends and without invisible characters.

    Raises:
        ReaderError: the bytes are no UTF-8 text.
    """
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ReaderError("The file is not UTF-8 text; save it as UTF-8.") from error
    return without_invisible(text.replace("\r\n", "\n").replace("\r", "\n"))


def without_invisible(text: str) -> str:
    """Return ``text`` without the characters that a reader does not see and a search takes for letters or gaps."""
    return _INVISIBLE.sub("", text)


def read_pack(pack_dir: Path) -> Reading:
    """Return the notes of an exam pack as documents.

    Raises:
        PackError: a note breaks the pack format.
        ReaderError: a note is no UTF-8 text.
    """
    documents = []
    for path in note_paths(pack_dir):
        note = parse_note(clean_text(path.read_bytes()), path)
        documents.append(
            Document.make(
                source=pack_dir.name,
                path=path.relative_to(pack_dir).as_posix(),
                title=note.meta.title,
                text=note.text,
                body_start=note.body_start,
                url=note.meta.sources[0] if note.meta.sources[0].startswith("https://") else None,
                keywords=note.meta.aliases,
            )
        )
    return Reading(tuple(documents))


def read_material(place: Path) -> Reading:
    """Return the Markdown and text files at ``place`` (a file, or a folder and all below it).

    Files that cannot be read are skipped with a reason; links that lead out of the folder are not followed.

    Raises:
        ReaderError: there is nothing at ``place`` that can be read.
    """
    if not place.exists():
        raise ReaderError(f"{place} does not exist; give a folder or a file ({', '.join(SUFFIXES)}).")
    root = place if place.is_dir() else place.parent
    documents: list[Document] = []
    skipped: list[Skipped] = []
    for path in _files(place):
        name = path.relative_to(root).as_posix()
        try:
            documents.append(_read_file(path, str(place.resolve()), name))
        except (ReaderError, OSError) as error:
            skipped.append(Skipped(name, str(error)))
    if not documents:
        why = f" ({skipped[0].path}: {skipped[0].why})" if skipped else ""
        raise ReaderError(f"No readable {', '.join(SUFFIXES)} file is in {place}{why}.")
    return Reading(tuple(documents), tuple(skipped))


def _files(place: Path) -> Iterator[Path]:
    if place.is_file():
        yield place
        return
    root = place.resolve()
    for path in sorted(place.rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(place).parts)
        if hidden or path.suffix.lower() not in SUFFIXES or not path.is_file():
            continue
        if path.resolve().is_relative_to(root):
            yield path


def _read_file(path: Path, source: str, name: str) -> Document:
    if path.stat().st_size > MAX_BYTES:
        raise ReaderError(f"The file is over {MAX_BYTES // 1_000_000} MB; split it.")
    text = clean_text(path.read_bytes())
    front, body_start = split_front_matter(text)
    if not text[body_start:].strip():
        raise ReaderError("The file holds no text.")
    heading = _HEADING.search(text, body_start)
    title = _title(front) or (heading.group(1) if heading else path.stem.replace("_", " ").replace("-", " "))
    return Document.make(source, name, " ".join(title.split())[:200], text, body_start)


def _title(front: str | None) -> str | None:
    """Return the title a stranger's front matter names, if it names one."""
    try:
        data = yaml.safe_load(front) if front else None
    except yaml.YAMLError:
        return None
    title = data.get("title") if isinstance(data, dict) else None
    return title if isinstance(title, str) and title.strip() else None
