"""True sentences made false by one planted fault: number, unit, name, negation, direction, swapped value.

Two generators that share no word list and no way of changing: one to train the sentence checker (`TRAINING`),
one to test it (`TESTING`), so that a figure does not come from having seen the generator.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from random import Random

from app.tutor import facts
from ingest.words import STOP_WORDS, words


@dataclass(frozen=True)
class Context:
    """What a fault may draw on: the text of the passages and names from elsewhere."""

    passages: str
    foreign_names: Sequence[str]


Fault = Callable[[str, Context, Random], str | None]


def plant(generator: dict[str, Fault], sentence: str, context: Context, rng: Random) -> dict[str, str]:
    """Return by kind each false sentence that the generator can make of a true one."""
    if sentence.rstrip(" *").endswith(":"):
        return {}  # "Here are the steps:" claims nothing that a fault could make false
    made = {kind: fault(sentence, context, rng) for kind, fault in generator.items()}
    return {kind: text for kind, text in made.items() if text and text != sentence}


_DIGITS = re.compile(r"(?<![\w.,])\d+(?:,\d{3})*(?:\.\d+)?(?![\w,]|\.\d)")


def _scaled_number(sentence: str, context: Context, rng: Random) -> str | None:
    """A number is doubled, halved, made ten times as large or moved by one."""
    match = _pick(_DIGITS.finditer(sentence), rng)
    if match is None:
        return None
    value = float(match.group().replace(",", ""))
    changed = rng.choice([value * 2, value * 10, value + 1, value + 5, value / 2])
    text = f"{changed:g}" if changed != int(changed) else f"{int(changed)}"
    return None if _in(text, context.passages) else _replace(sentence, match, text)


def _perturbed_number(sentence: str, context: Context, rng: Random) -> str | None:
    """The digits of a number are changed: one digit replaced, or the last two swapped."""
    match = _pick(_DIGITS.finditer(sentence), rng)
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
    return None if _in(text, context.passages) else _replace(sentence, match, text)


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
    ours, theirs = _DIGITS.search(number.said), _DIGITS.search(rival)
    if ours is None or theirs is None:
        return None
    at = sentence.find(number.said)
    if at < 0:
        return None
    return sentence[:at] + number.said.replace(ours.group(), theirs.group(), 1) + sentence[at + len(number.said) :]


def _exchanged_digits(sentence: str, context: Context, rng: Random) -> str | None:
    """The digits of a number give way to digits that stand anywhere in the passages."""
    match = _pick(_DIGITS.finditer(sentence), rng)
    if match is None:
        return None
    ours = set(_DIGITS.findall(sentence))
    rivals = sorted({digits for digits in _DIGITS.findall(context.passages) if digits not in ours})
    return _replace(sentence, match, rng.choice(rivals)) if rivals else None


_TRAIN_UNITS = {
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
_TEST_UNITS = {
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


def _unit(table: dict[str, str]) -> Fault:
    pattern = re.compile(rf"(?<=\d[ -])(?:{'|'.join(table)})\b")

    def fault(sentence: str, context: Context, rng: Random) -> str | None:
        match = _pick(pattern.finditer(sentence), rng)
        return None if match is None else _replace(sentence, match, table[match.group()])

    return fault


_CAPITALISED = re.compile(r"(?<=[a-z,;] )[A-Z][A-Za-z]{2,}(?:[ -][A-Z][a-z]+)*")


def _foreign_name(sentence: str, context: Context, rng: Random) -> str | None:
    match = _pick(_CAPITALISED.finditer(sentence), rng)
    others = [name for name in context.foreign_names if not _in(name, context.passages)]
    return _replace(sentence, match, rng.choice(others)) if match and others else None


def _acronym_or_name(sentence: str, context: Context, rng: Random) -> str | None:
    """Any name (also an abbreviation, also at the start) gives way to an unknown one."""
    named = [name for name in facts.names(sentence) if sentence.count(name) == 1]
    others = [name for name in context.foreign_names[::-1] if not _in(name, context.passages)]
    if not named or not others:
        return None
    return sentence.replace(rng.choice(named), rng.choice(others[: max(1, len(others) // 2)]), 1)


def _swapped_name(sentence: str, context: Context, rng: Random) -> str | None:
    """A name gives way to another one of the same passages."""
    match = _pick(_CAPITALISED.finditer(sentence), rng)
    rivals = sorted({name for name in _CAPITALISED.findall(context.passages) if name not in sentence})
    return _replace(sentence, match, rng.choice(rivals)) if match and rivals else None


_WORD = re.compile(r"\b[a-z]{4,}\b")


def _content_words(text: str) -> list[re.Match[str]]:
    return [match for match in _WORD.finditer(text) if match.group() not in STOP_WORDS]


def _swapped_word(sentence: str, context: Context, rng: Random) -> str | None:
    """A word gives way to another one of the same passages that has the same ending."""
    match = _pick(_content_words(sentence), rng)
    if match is None:
        return None
    ours = set(words(sentence))
    ending = match.group()[-2:]
    rivals = {m.group() for m in _content_words(context.passages) if m.group().endswith(ending)}
    rivals = {rival for rival in rivals if not set(words(rival)) & ours}
    return _replace(sentence, match, rng.choice(sorted(rivals))) if rivals else None


_AUXILIARY = re.compile(r"\b(is|are|was|were|can|should|will|must|does|do|has|have)\b(?! not\b| no\b|n't)")


def _not_after_auxiliary(sentence: str, context: Context, rng: Random) -> str | None:
    if re.search(r"\bnot\b", sentence):
        return re.sub(r"\s*\bnot\b", "", sentence, count=1)
    match = _pick(_AUXILIARY.finditer(sentence), rng)
    if match is None or match.group() in ("has", "have", "does", "do"):
        return None
    return _replace(sentence, match, f"{match.group()} not")


_TEST_NEGATIONS = {
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
    match = _pick(re.finditer(rf"\b(?:{'|'.join(_TEST_NEGATIONS)})\b", sentence), rng)
    return None if match is None else _replace(sentence, match, _TEST_NEGATIONS[match.group()])


def _direction(pairs: str) -> Fault:
    table: dict[str, str] = {}
    for pair in pairs.split():
        left, right = pair.split("|")
        table[left], table[right] = right, left
    pattern = re.compile(rf"\b(?:{'|'.join(table)})\b", re.IGNORECASE)

    def fault(sentence: str, context: Context, rng: Random) -> str | None:
        match = _pick(pattern.finditer(sentence), rng)
        return None if match is None else _replace(sentence, match, table[match.group().casefold()])

    return fault


_TRAIN_DIRECTIONS = (
    "increase|decrease increases|decreases increased|decreased increasing|decreasing more|less higher|lower before|after"
    " above|below faster|slower largest|smallest maximum|minimum high|low"
)
_TEST_DIRECTIONS = (
    "raise|reduce raises|reduces raising|reducing improves|worsens improve|worsen larger|smaller greater|fewer longer|shorter"
    " strengthens|weakens hot|cold best|worst over|under first|last early|late gain|loss"
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
    "unit": _unit(_TRAIN_UNITS),
    "entity": _foreign_name,
    "entity_swapped": _swapped_name,
    "word_swapped": _swapped_word,
    "negation": _not_after_auxiliary,
    "direction": _direction(_TRAIN_DIRECTIONS),
    "cause": _reversed_cause,
}
TESTING: dict[str, Fault] = {
    "number": _perturbed_number,
    "value_swapped": _exchanged_digits,
    "unit": _unit(_TEST_UNITS),
    "entity": _acronym_or_name,
    "negation": _other_negations,
    "direction": _direction(_TEST_DIRECTIONS),
}


def _pick(matches: Iterable[re.Match[str]], rng: Random) -> re.Match[str] | None:
    found = list(matches)
    return rng.choice(found) if found else None


def _replace(sentence: str, match: re.Match[str], text: str) -> str:
    if match.group()[:1].isupper() and text[:1].islower():
        text = text[0].upper() + text[1:]
    return sentence[: match.start()] + text + sentence[match.end() :]


def _in(text: str, passages: str) -> bool:
    return re.search(rf"(?<![\w.]){re.escape(text)}(?![\w])", passages) is not None
