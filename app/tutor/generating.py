"""A chat model's answer as sentences, each finished before it is judged."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from corpus.markdown import split_sentences

_THOUGHT = re.compile(r"<think>.*?(?:</think>|\Z)", re.DOTALL | re.IGNORECASE)
_NUMBER = re.compile(r"\s*\[(\d{1,2}(?:\s*,\s*\d{1,2})*)\]")
_LONGEST = 1200


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
