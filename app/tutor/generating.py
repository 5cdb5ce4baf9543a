"""A chat model's text as finished sentences, or as the parts of a quote-first answer."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from corpus.markdown import split_sentences

_THOUGHT = re.compile(r"<think>.*?(?:</think>|\Z)", re.DOTALL | re.IGNORECASE)
_NUMBER = re.compile(r"\s*\[(\d{1,2}(?:\s*,\s*\d{1,2})*)\]")
_LONGEST = 1200


class QuotedAnswer(BaseModel):
    """What a small model fills in, in this order: the quote it starts from keeps its own words close to it."""

    model_config = ConfigDict(extra="forbid", strict=True)

    quote: str = Field(max_length=600)
    source: int = Field(ge=1, le=9)
    answerable: bool
    answer: str = Field(max_length=600)

    @classmethod
    def schema_for_models(cls) -> dict[str, Any]:
        """Return the JSON schema with all four fields required, in their order."""
        return cls.model_json_schema()


def quoted_answer(pieces: Iterable[str]) -> QuotedAnswer | None:
    """Return the parts of a finished quote-first answer, or None if it is not one."""
    text = _THOUGHT.sub("", "".join(pieces))
    begin, end = text.find("{"), text.rfind("}")
    try:
        return QuotedAnswer.model_validate(json.loads(text[begin : end + 1]))
    except (ValueError, ValidationError, RecursionError):
        return None


def finished_sentences(pieces: Iterable[str]) -> Iterator[str]:
    """Yield each sentence of a stream once it is complete; reasoning between <think> tags is left out.

    Text without an end comes in parts of 1,200 characters, so that nothing waits for ever. What was begun when the
    stream fails is dropped: half a sentence cannot be checked.
    """
    text, given = "", 0
    for piece in pieces:
        text += piece
        said = split_sentences(_THOUGHT.sub("", text))
        if len(said) - 1 > given:
            yield from said[given:-1]
            given = len(said) - 1
        elif said and len(said[-1]) > _LONGEST:
            yield said[-1]
            text, given = "", 0
    yield from split_sentences(_THOUGHT.sub("", text))[given:]


def without_numbers(sentence: str) -> tuple[str, tuple[int, ...]]:
    """Return a sentence without its citation marks, and the numbers that stood in them."""
    numbers = tuple(int(n) for group in _NUMBER.findall(sentence) for n in group.split(","))
    return _NUMBER.sub("", sentence).strip(), numbers
