"""The generator of faults that the sentence check and other judges are tested with."""

from __future__ import annotations

import re
from random import Random

from app.tutor import facts
from evals.fault_tools import DIGITS, Context, Fault, direction_fault, holds, pick, replaced, unit_fault


def _perturbed_number(sentence: str, context: Context, rng: Random) -> str | None:
    """The digits of a number are changed: one digit replaced, or the last two swapped."""
    match = pick(DIGITS.finditer(sentence), rng)
    if match is None:
        return None
    digits = list(match.group())
    places = [i for i, char in enumerate(digits) if char.isdigit()]
    if len(places) >= 2 and rng.random() < 0.5:
        digits[places[-1]], digits[places[-2]] = digits[places[-2]], digits[places[-1]]
    else:
        place = rng.choice(places)
        digits[place] = rng.choice([d for d in "123456789" if d != digits[place]])
    text = "".join(digits)
    return None if holds(text, context.passages) else replaced(sentence, match, text)


def _exchanged_digits(sentence: str, context: Context, rng: Random) -> str | None:
    """The digits of a number give way to digits that stand anywhere in the passages."""
    match = pick(DIGITS.finditer(sentence), rng)
    if match is None:
        return None
    ours = set(DIGITS.findall(sentence))
    rivals = sorted({digits for digits in DIGITS.findall(context.passages) if digits not in ours})
    return replaced(sentence, match, rng.choice(rivals)) if rivals else None


_UNITS = {
    "days": "hours",
    "day": "hour",
    "hours": "minutes",
    "hour": "minute",
    "minutes": "seconds",
    "weeks": "days",
    "week": "month",
    "month": "year",
    "months": "weeks",
    "year": "week",
    "years": "days",
    "GB": "MB",
    "TB": "GB",
    "feet": "inches",
    "miles": "kilometres",
    "teaspoons": "cups",
    "ounces": "pounds",
    "tablespoons": "teaspoons",
    "dollars": "euros",
}


def _acronym_or_name(sentence: str, context: Context, rng: Random) -> str | None:
    """Any name (also an abbreviation, also at the start) gives way to an unknown one."""
    named = [name for name in facts.names(sentence) if sentence.count(name) == 1]
    others = [name for name in context.foreign_names[::-1] if not holds(name, context.passages)]
    if not named or not others:
        return None
    return sentence.replace(rng.choice(named), rng.choice(others[: max(1, len(others) // 2)]), 1)


_NEGATIONS = {
    "is": "is never",
    "are": "are never",
    "can": "cannot",
    "will": "won't",
    "should": "should never",
    "was": "wasn't",
    "were": "weren't",
    "must": "must never",
    "has": "has no",
    "have": "have no",
    "requires": "does not require",
    "uses": "does not use",
    "needs": "does not need",
    "supports": "does not support",
    "contains": "does not contain",
    "includes": "doesn't include",
    "allows": "doesn't allow",
    "helps": "doesn't help",
}


def _other_negations(sentence: str, context: Context, rng: Random) -> str | None:
    if re.search(r"\b(?:not|never|no|cannot)\b|n't", sentence):
        return None
    match = pick(re.finditer(rf"\b(?:{'|'.join(_NEGATIONS)})\b", sentence), rng)
    return None if match is None else replaced(sentence, match, _NEGATIONS[match.group()])


_DIRECTIONS = (
    "raise|reduce raises|reduces raising|reducing improves|worsens improve|worsen larger|smaller greater|fewer longer|shorter"
    " strengthens|weakens hot|cold best|worst over|under first|last early|late gain|loss"
)


TESTING: dict[str, Fault] = {
    "number": _perturbed_number,
    "value_swapped": _exchanged_digits,
    "unit": unit_fault(_UNITS),
    "entity": _acronym_or_name,
    "negation": _other_negations,
    "direction": direction_fault(_DIRECTIONS),
}
