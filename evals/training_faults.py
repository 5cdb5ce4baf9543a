"""The generator of faults that the sentence check is trained with."""

from __future__ import annotations

import re
from random import Random

from app.tutor import facts
from evals.fault_tools import DIGITS, Context, Fault, direction_fault, holds, pick, replaced, unit_fault
from ingest.words import STOP_WORDS, words


def _scaled_number(sentence: str, context: Context, rng: Random) -> str | None:
    """A number is doubled, halved, made ten times as large or moved by one."""
    match = pick(DIGITS.finditer(sentence), rng)
    if match is None:
        return None
    value = float(match.group().replace(",", ""))
    changed = rng.choice([value * 2, value * 10, value + 1, value + 5, value / 2])
    text = f"{changed:g}" if changed != int(changed) else f"{int(changed)}"
    return None if holds(text, context.passages) else replaced(sentence, match, text)


def _swapped_number(sentence: str, context: Context, rng: Random) -> str | None:
    """A number gives way to another one that the passages name in the same kind of unit."""
    given = [number for number in facts.numbers(sentence) if re.match(r"\d", number.said)]
    if not given:
        return None
    number = rng.choice(given)
    rivals = {
        other.said
        for other in facts.numbers(context.passages)
        if other.dimension == number.dimension and not other.same(number) and re.match(r"\d", other.said)
    } - {other.said for other in given}
    if not rivals:
        return None
    rival = rng.choice(sorted(rivals))
    ours, theirs = DIGITS.search(number.said), DIGITS.search(rival)
    if ours is None or theirs is None:
        return None
    at = sentence.find(number.said)
    if at < 0:
        return None
    return sentence[:at] + number.said.replace(ours.group(), theirs.group(), 1) + sentence[at + len(number.said) :]


_UNITS = {
    "hours": "days",
    "hour": "day",
    "days": "weeks",
    "minutes": "hours",
    "minute": "hour",
    "seconds": "minutes",
    "weeks": "months",
    "months": "years",
    "years": "months",
    "MB": "GB",
    "GB": "TB",
    "KB": "MB",
    "inches": "feet",
    "feet": "miles",
    "cups": "tablespoons",
    "pounds": "ounces",
    "percent": "points",
}


_CAPITALISED = re.compile(r"(?<=[a-z,;] )[A-Z][A-Za-z]{2,}(?:[ -][A-Z][a-z]+)*")


def _foreign_name(sentence: str, context: Context, rng: Random) -> str | None:
    match = pick(_CAPITALISED.finditer(sentence), rng)
    others = [name for name in context.foreign_names if not holds(name, context.passages)]
    return replaced(sentence, match, rng.choice(others)) if match and others else None


def _swapped_name(sentence: str, context: Context, rng: Random) -> str | None:
    """A name gives way to another one of the same passages."""
    match = pick(_CAPITALISED.finditer(sentence), rng)
    rivals = sorted({name for name in _CAPITALISED.findall(context.passages) if name not in sentence})
    return replaced(sentence, match, rng.choice(rivals)) if match and rivals else None


_WORD = re.compile(r"\b[a-z]{4,}\b")


def _content_words(text: str) -> list[re.Match[str]]:
    return [match for match in _WORD.finditer(text) if match.group() not in STOP_WORDS]


def _swapped_word(sentence: str, context: Context, rng: Random) -> str | None:
    """A word gives way to another one of the same passages that has the same ending."""
    match = pick(_content_words(sentence), rng)
    if match is None:
        return None
    ours = set(words(sentence))
    ending = match.group()[-2:]
    rivals = {m.group() for m in _content_words(context.passages) if m.group().endswith(ending)}
    rivals = {rival for rival in rivals if not set(words(rival)) & ours}
    return replaced(sentence, match, rng.choice(sorted(rivals))) if rivals else None


_AUXILIARY = re.compile(r"\b(is|are|was|were|can|should|will|must|does|do|has|have)\b(?! not\b| no\b|n't)")


def _not_after_auxiliary(sentence: str, context: Context, rng: Random) -> str | None:
    if re.search(r"\bnot\b", sentence):
        return re.sub(r"\s*\bnot\b", "", sentence, count=1)
    match = pick(_AUXILIARY.finditer(sentence), rng)
    if match is None or match.group() in ("has", "have", "does", "do"):
        return None
    return replaced(sentence, match, f"{match.group()} not")


_DIRECTIONS = (
    "increase|decrease increases|decreases increased|decreased increasing|decreasing more|less higher|lower before|after"
    " above|below faster|slower largest|smallest maximum|minimum high|low"
)


_CAUSE = re.compile(
    r"^(?P<a>[A-Z][^,;]{4,60}?) (?P<v>causes?|leads? to|results? in|produces?) (?P<b>[^,;.]{4,60})(?P<end>.*)$",
    re.DOTALL,
)


def _reversed_cause(sentence: str, context: Context, rng: Random) -> str | None:
    match = _CAUSE.match(sentence)
    if match is None:
        return None
    cause = match["a"][0].lower() + match["a"][1:]
    effect = match["b"][0].upper() + match["b"][1:]
    return f"{effect} {match['v']} {cause}{match['end']}"


TRAINING: dict[str, Fault] = {
    "number": _scaled_number,
    "value_swapped": _swapped_number,
    "unit": unit_fault(_UNITS),
    "entity": _foreign_name,
    "entity_swapped": _swapped_name,
    "word_swapped": _swapped_word,
    "negation": _not_after_auxiliary,
    "direction": direction_fault(_DIRECTIONS),
    "cause": _reversed_cause,
}
