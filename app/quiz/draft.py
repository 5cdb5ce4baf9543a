"""An item as a chat model drafts it: quotes first, then a question that rests on them."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import date
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.quiz.proof import Material
from corpus.item import Item, Option, Proof, quote_span

T = TypeVar("T", bound=BaseModel)
_UNQUOTED = "quote not in its passage"
_FENCE = re.compile(r"^\s*```(?:json)?\s*|\s*```\s*$")
_THOUGHT = re.compile(r"<think>.*?(?:</think>|\Z)", re.DOTALL | re.IGNORECASE)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Quote(_Strict):
    """Words copied from a passage."""

    passage: int = Field(ge=1)
    text: str = Field(min_length=10, max_length=600)


class DraftOption(_Strict):
    """An option; ``quotes`` counts the draft's quotes from 1."""

    text: str = Field(min_length=1, max_length=200)
    correct: bool
    why: str = Field(min_length=10, max_length=500)
    quotes: list[int] = Field(min_length=1, max_length=3)
    violates: str = Field(max_length=200)


class Draft(_Strict):
    """A question with one key. Quotes come first, so that the question is made from them and not the reverse."""

    quotes: list[Quote] = Field(min_length=2, max_length=8)
    stem: str = Field(min_length=60, max_length=900)
    options: list[DraftOption] = Field(min_length=4, max_length=4)


class Solution(_Strict):
    """What a solver answers: a quote that decides, all letters that could be defended, and the best one."""

    quote: str = Field(max_length=600)
    defensible: list[str] = Field(min_length=1, max_length=6)
    answer: list[str] = Field(min_length=1, max_length=6)


class DraftError(ValueError):
    """A text is not what was asked for; the message says what is wrong, for the model that wrote it.

    ``kind`` names the fault in a few words, for counting.
    """

    def __init__(self, message: str, kind: str = "not the agreed JSON") -> None:
        super().__init__(message)
        self.kind = kind


def draft_schema(sentences: Sequence[str]) -> dict[str, Any]:
    """Return the JSON schema of a `Draft` whose quotes are some of ``sentences``, for models that are held to a schema."""
    schema = Draft.model_json_schema()
    schema["$defs"]["Quote"]["properties"]["text"] = {"enum": list(sentences)}
    return schema


def read_json(text: str, kind: type[T]) -> T:
    """Return what a model wrote as a ``kind``; a code fence, thoughts and words around the object are left out.

    Raises:
        DraftError: it is no such object.
    """
    bare = _FENCE.sub("", _THOUGHT.sub("", text).strip())
    start, end = bare.find("{"), bare.rfind("}")
    if start < 0 or end <= start:
        raise DraftError("There is no JSON object in it.")
    try:
        return kind.model_validate(json.loads(bare[start : end + 1]))
    except json.JSONDecodeError as error:
        raise DraftError(f"It is not valid JSON: {error}.") from error
    except ValidationError as error:
        first = error.errors()[0]
        raise DraftError(f"{'.'.join(map(str, first['loc'])) or 'the object'}: {first['msg']}.") from error


def to_item(draft: Draft, notes: list[str], objective: str, author: str, material: Material) -> Item:
    """Return a draft as an item; passage n is the note ``notes[n - 1]``.

    Raises:
        DraftError: a quote is not verbatim or not there, or the draft has not one key.
    """
    proofs = [_proof(quote, notes, material) for quote in draft.quotes]
    options = tuple(
        Option(
            text=option.text.strip(),
            correct=option.correct,
            why=option.why.strip(),
            proof=tuple(_numbered(proofs, number) for number in option.quotes),
            violates="" if option.correct else option.violates.strip(),
        )
        for option in draft.options
    )
    main = material.notes[notes[0]]
    used = {proof.note for option in options for proof in option.proof}
    try:
        return Item(
            stem=draft.stem.strip(),
            options=options,
            objective=objective,
            services=main.meta.services,
            level="apply",
            difficulty="medium",
            as_of=min((material.notes[note].meta.as_of for note in used), default=date.min),
            author=f"model:{author}",
        )
    except ValidationError as error:
        raise DraftError(str(error.errors()[0]["msg"]), "no item with one key") from error


def _proof(quote: Quote, notes: list[str], material: Material) -> Proof:
    if quote.passage > len(notes):
        raise DraftError(f"There is no passage {quote.passage}.", _UNQUOTED)
    note = material.notes[notes[quote.passage - 1]]
    if quote_span(note.text[note.body_start :], quote.text.strip()) is None:
        raise DraftError(f"The quote {quote.text[:60]!r} is not word for word in passage {quote.passage}.", _UNQUOTED)
    return Proof(note=note.id, quote=quote.text.strip())


def _numbered(proofs: list[Proof], number: int) -> Proof:
    if not 1 <= number <= len(proofs):
        raise DraftError(f"There is no quote {number}.", _UNQUOTED)
    return proofs[number - 1]


def schema_options(model: str, schema: dict[str, Any]) -> dict[str, Any]:
    """Return how a provider is told to keep to a JSON schema; nothing where it is only told in words."""
    provider = model.partition(":")[0]
    if provider == "openai":
        return {"response_format": {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema}}}
    if provider == "ollama":
        return {"format": schema}
    return {"response_schema": schema} if provider == "local" else {}
