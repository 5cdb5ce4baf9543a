"""A question of the exam with its proof: stem, options, rationales, and the spans that make each right or wrong.

Banks are YAML lists (``items/**/*.yaml``); generated items are the same type. An item's id is a hash of what a
candidate reads and of the key, so that the same question is the same item wherever it is stored.
"""

from __future__ import annotations

import hashlib
import json
import re
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from corpus.errors import PackError
from corpus.pack import read_yaml

ItemType = Literal["multiple_choice", "multiple_response"]
Level = Literal["recall", "apply", "analyse"]
Difficulty = Literal["easy", "medium", "hard"]

DIFFICULTY_LOGITS: dict[Difficulty, float] = {"easy": -1.0, "medium": 0.0, "hard": 1.0}
"""Prior mean of the Rasch difficulty by the author's judgement, in logits; answers move it later."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Proof(_Frozen):
    """A verbatim ``quote`` of the note ``note``; line breaks and runs of spaces do not matter."""

    note: str
    quote: str = Field(min_length=10)


class Option(_Frozen):
    """An option. A wrong one names the words of the stem that it ``violates``; ``confusion`` is the id of the
    confusion entry that says so, where one does."""

    text: str = Field(min_length=1)
    correct: bool = False
    why: str = Field(min_length=10)
    proof: tuple[Proof, ...] = Field(min_length=1)
    violates: str = ""
    confusion: str = ""


class Item(_Frozen):
    """One question. ``form`` is the mock exam form (1, 2, …) that it is reserved for; None is free for quizzes.

    ``type`` is open for ordering, matching and case studies: what a type demands is checked by `app.quiz.audit`.
    """

    type: ItemType = "multiple_choice"
    stem: str = Field(min_length=20)
    options: tuple[Option, ...] = Field(min_length=2, max_length=8)
    objective: str = Field(pattern=r"^\d+\.\d+\.\d+$")
    services: tuple[str, ...] = ()
    level: Level = "apply"
    difficulty: Difficulty = "medium"
    form: int | None = Field(default=None, ge=1)
    as_of: date
    author: str = Field(default="hand", pattern=r"^(hand|composed|model:.+)$")

    @model_validator(mode="after")
    def _key_fits_type(self) -> Item:
        keys = sum(option.correct for option in self.options)
        if self.type == "multiple_choice" and keys != 1:
            raise ValueError(f"a multiple choice item has one correct option, not {keys}")
        if self.type == "multiple_response" and not 2 <= keys < len(self.options):
            raise ValueError(
                f"a multiple response item has two or more correct options and a wrong one, not {keys} correct"
            )
        return self

    @cached_property
    def id(self) -> str:
        """Return 16 hex digits; the same whatever the order of the options."""
        options = sorted([_plain(option.text), option.correct] for option in self.options)
        content = json.dumps([self.type, _plain(self.stem), options], ensure_ascii=False)
        return hashlib.sha256(content.encode()).hexdigest()[:16]

    @property
    def key(self) -> tuple[Option, ...]:
        return tuple(option for option in self.options if option.correct)

    @property
    def distractors(self) -> tuple[Option, ...]:
        return tuple(option for option in self.options if not option.correct)

    @property
    def domain(self) -> str:
        return self.objective.split(".")[0]

    @property
    def facts_combined(self) -> int:
        """Return how many different quotes it takes to prove the key."""
        return len({_plain(proof.quote) for option in self.key for proof in option.proof})


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def quote_span(text: str, quote: str) -> tuple[int, int] | None:
    """Return where ``quote`` stands in ``text`` as (start, end), any run of white space equal to another; else None."""
    words = quote.split()
    if not words:
        return None
    match = re.search(r"\s+".join(re.escape(word) for word in words), text)
    return match.span() if match else None


def item_paths(pack_dir: Path) -> list[Path]:
    """Return the item files of a pack, sorted."""
    return sorted((pack_dir / "items").rglob("*.yaml"))


def read_items(path: Path) -> tuple[Item, ...]:
    """Return the items in a YAML file.

    Raises:
        PackError: naming the first entry that breaks the format.
    """
    try:
        return TypeAdapter(tuple[Item, ...]).validate_python(read_yaml(path) or [])
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise PackError(f"{path}: entry {where}: {first['msg']}.") from error


def read_bank(pack_dir: Path) -> tuple[Item, ...]:
    """Return all items of the pack in ``pack_dir``, in the order of its files; raises PackError as `read_items` does."""
    return tuple(item for path in item_paths(pack_dir) for item in read_items(path))
