"""What a sentence says its subject is, against what a passage says the same subject is."""

from __future__ import annotations

import re

from app.tutor.polarity import opposites
from ingest.words import words

_IS = re.compile(r"^(?P<subject>[^,;:.]{2,70}?) (?:is|are) (?P<what>.+)$", re.DOTALL)
_NEXT_WORDS = 6
"""The kind of thing is named in so many words after "is"."""


def defined_otherwise(sentence: str, passage: str) -> tuple[str, str] | None:
    """Return the stems of the two words by which the sentence says its subject is one thing and the passage the opposite.

    "A is a supervised algorithm" against "A is an unsupervised built-in algorithm": the same subject, an opposite, and
    a further word in common.
    """
    ours, theirs = _IS.match(sentence), _IS.match(passage)
    if (
        ours is None
        or theirs is None
        or words(ours["subject"]) != words(theirs["subject"])
        or not words(ours["subject"])
    ):
        return None
    mine, other = (set(words(" ".join(match["what"].split()[:_NEXT_WORDS]))) for match in (ours, theirs))
    if not mine & other:
        return None
    for this, that in opposites(ours["what"]):
        if this & mine and that & other and not this & other:
            return min(this & mine), min(that & other)
    return None
