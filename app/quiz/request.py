"""Whether a learner's message asks for a quiz, and on what."""

from __future__ import annotations

import re

_REQUEST = re.compile(
    r"^\W*(?:(?:please|can you|could you)\s+)*(?:quiz|test|drill|examine)\s+me(?:\s+(?:on|about|in|for)\s+(?P<topic>.+?))?"
    r"(?:\s+please)?[\s.!?]*$",
    re.IGNORECASE,
)


def quiz_request(text: str) -> str | None:
    """Return the topic of a message like "quiz me on SMOTE", "" if it names none, or None if it asks for no quiz."""
    match = _REQUEST.match(text.strip())
    return None if match is None else (match["topic"] or "").strip()
