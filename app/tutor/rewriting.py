"""A follow-up written out by a chat model, if it needs it and if nothing was brought in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from app.llm.errors import ModelError
from app.llm.model import Usage, stream_text
from app.tutor.prompts import rewrite_messages
from app.tutor.types import Turn
from app.tutor.voice import Voice
from ingest.words import words

_SHARE_OF_TIME = 0.25
_LONGEST = 400


def rewritten(text: str, history: Sequence[Turn], voice: Voice, usage: Usage) -> str | None:
    """Return ``text`` as a question that stands alone, or None if the model gives none that can be trusted.

    One try, within a quarter of the deadline. Every content word must come from the conversation: a model that adds
    a topic, or obeys what was said in it, does not decide what is searched for.
    """
    total_s = voice.limits.total_s * _SHARE_OF_TIME
    limits = replace(voice.limits, total_s=total_s, attempts=1, max_characters=_LONGEST)
    try:
        said = "".join(stream_text(voice.model, rewrite_messages(text, history), limits, usage, voice.pulse))
    except ModelError:
        return None
    lines = [line.strip() for line in said.strip().splitlines() if line.strip()]
    if len(lines) != 1 or not (found := lines[0].strip("\"'“” ")):
        return None
    known = {word for turn in history for word in words(turn.text)} | set(words(text))
    return found if words(found) and set(words(found)) <= known else None
