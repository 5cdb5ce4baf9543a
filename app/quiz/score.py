"""Whether an answer is right."""

from __future__ import annotations

from collections.abc import Sequence

from corpus.item import Item


def is_right(item: Item, chosen: Sequence[str]) -> bool:
    """Return whether the texts ``chosen`` are the key, all of it and nothing else, as the exam scores it."""
    return {option.text for option in item.key} == set(chosen)
