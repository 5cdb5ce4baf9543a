"""What kind of help a learner wants from a generating model: plain, simpler, an example, or guided by hints."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from app.tutor.prompts import Style
from app.tutor.types import Turn

ANOTHER_HINT = "Another hint"
TELL_ME = "Tell me the answer"
_POLITE = r"(?:(?:please|can you|could you|would you|now|ok(?:ay)?)[, ]+)*"
_BARE: tuple[tuple[Style, str], ...] = (
    ("plain", r"(?:just )?tell me(?: the answer)?|i give up|(?:show|give) me the answer|what(?:'s| is) the answer"),
    (
        "guide",
        r"guide me|(?:give me )?(?:a|an|one|another|the next|one more|a further)(?: more)? hint|hint|help me think"
        r"|don'?t tell me",
    ),
    (
        "simple",
        r"(?:(?:explain|say|put) (?:it|that|this) )?(?:more |much |even )?(?:simpler|simply|simplify(?: it| that| this)?|easier"
        r"|in (?:simple|plain|other|easy|simpler) (?:words|english|terms)|eli5|like i(?:'m| am) (?:5|five))"
        r"|rephrase(?: it| that| this)?|reword(?: it| that| this)?",
    ),
    (
        "example",
        r"(?:(?:give|show) me |with )?(?:an|another|one more) example(?: of (?:it|that|this))?|for example|example",
    ),
)
_BARE_RE = [
    (style, re.compile(rf"{_POLITE}(?:{pattern})(?: please| pls)?[\s.!?]*", re.IGNORECASE)) for style, pattern in _BARE
]
_IN_TEXT: tuple[tuple[Style, str], ...] = (
    ("guide", r"\b(?:guide me(?: (?:to|through|on))?|give me a hint(?: (?:on|about|for))?|don'?t tell me)\b[,:;]?"),
    ("simple", r"\b(?:simpler|simply|in (?:simple|plain|easy) (?:words|terms|english)|like i(?:'?m| am) (?:5|five)|eli5)\b"),
    ("example", r"\b(?:with|and|plus) an? example\b"),
)  # fmt: skip
_IN_TEXT_RE = [(style, re.compile(pattern, re.IGNORECASE)) for style, pattern in _IN_TEXT]
_ASKS = re.compile(r"\?|^(?:what|which|when|why|how|who|where|is|are|does|do|can|explain|compare)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Wish:
    """A question and the kind of help with it; ``hints`` were given before, ``reply`` is what the learner tried."""

    style: Style
    question: str
    history: tuple[Turn, ...]
    hints: int = 0
    reply: str = ""


def wish_of(text: str, history: Sequence[Turn]) -> Wish:
    """Return what ``text`` wants after ``history``: "simpler" and the like concern the last real question."""
    bare = _bare_style(text)
    last = _last_question(history)
    if last is None:
        return Wish(*_styled(text), history=tuple(history))
    asked_style, question = _styled(history[last].text)
    later = history[last + 1 :]
    guided = asked_style == "guide" or any(t.role == "user" and _bare_style(t.text) == "guide" for t in later)
    before = tuple(history[:last])
    hints = sum(turn.role == "assistant" for turn in later) if guided else 0
    if bare is not None:
        return Wish(bare, question, before, hints if bare == "guide" else 0)
    if guided and later and later[-1].text.rstrip().endswith("?") and not _ASKS.search(text):
        return Wish("guide", question, before, hints, reply=text)
    return Wish(*_styled(text), history=tuple(history))


def _last_question(history: Sequence[Turn]) -> int | None:
    """Return where the learner last asked something that is no mere wish for another kind of help, nor a reply."""
    for i in range(len(history) - 1, -1, -1):
        turn = history[i]
        is_reply = i > 0 and history[i - 1].text.rstrip().endswith("?") and not _ASKS.search(turn.text)
        if turn.role == "user" and _bare_style(turn.text) is None and not is_reply:
            return i
    return None


def _bare_style(text: str) -> Style | None:
    return next((style for style, pattern in _BARE_RE if pattern.fullmatch(text.strip())), None)


def _styled(text: str) -> tuple[Style, str]:
    """Return the style that a question asks for in passing, and the question without it."""
    for style, pattern in _IN_TEXT_RE:
        if pattern.search(text):
            rest = " ".join(pattern.sub(" ", text).split()).strip(" ,;:-")
            return style, rest if len(rest.split()) > 1 else text
    return "plain", text
