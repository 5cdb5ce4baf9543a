"""A study note: front matter and Markdown body of one topic (``notes/**/*.md``)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from corpus.errors import PackError

_FRONT_MATTER = re.compile(r"\A---\r?\n(.*?)\r?\n---[ \t]*(?:\r?\n|\Z)", re.DOTALL)


class Retired(BaseModel):
    """When a service closed or a thing was renamed away, and what that means."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    since: date | None = None
    note: str


class FrontMatter(BaseModel):
    """What a note says about itself; ``sources`` name the pages its facts were checked on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    title: str = Field(min_length=1)
    objectives: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    as_of: date
    sources: tuple[str, ...] = Field(min_length=1)
    see_also: tuple[str, ...] = ()
    retired: Retired | None = None


@dataclass(frozen=True)
class Note:
    """One note; ``text`` is the whole file, ``body_start`` where the Markdown body begins in it."""

    meta: FrontMatter
    text: str
    body_start: int
    path: Path

    @property
    def id(self) -> str:
        return self.meta.id

    @property
    def body(self) -> str:
        return self.text[self.body_start :]


def split_front_matter(text: str) -> tuple[str | None, int]:
    """Return (front matter YAML or None, offset at which the body starts)."""
    match = _FRONT_MATTER.match(text)
    return (match.group(1), match.end()) if match else (None, 0)


def parse_note(text: str, path: Path) -> Note:
    """Return the note written in ``text``.

    Raises:
        PackError: no front matter, or one that breaks the format.
    """
    front, body_start = split_front_matter(text)
    if front is None:
        raise PackError(f"{path} has no front matter; begin the note with a --- block (id, title, …).")
    try:
        meta = FrontMatter.model_validate(yaml.safe_load(front))
    except yaml.YAMLError as error:
        raise PackError(f"{path}: the front matter is not valid YAML: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise PackError(f"{path}: {where or 'front matter'}: {first['msg']}.") from error
    return Note(meta=meta, text=text, body_start=body_start, path=path)


def read_note(path: Path) -> Note:
    """Return the note in the UTF-8 file ``path``; raises PackError as `parse_note` does."""
    try:
        text = path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise PackError(f"{path} is not UTF-8; save it as UTF-8.") from error
    return parse_note(text, path)
