"""What a sentence commits itself to: numbers with units, dates, names, quotations, polarity, directions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from ingest.words import stem, words

_NUMBER_WORDS = {
    w: i
    for i, w in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
        " seventeen eighteen nineteen twenty".split()
    )
} | {"thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "ninety": 90, "hundred": 100, "thousand": 1000}

# Units by dimension with the factor to its base unit; a number converts before it is compared.
_UNITS: dict[str, tuple[str, float]] = {}
_UNIT_TABLES: dict[str, dict[str, float]] = {
    "time": {
        "ms millisecond milliseconds": 0.001,
        "s sec secs second seconds": 1,
        "min mins minute minutes": 60,
        "h hr hrs hour hours": 3600,
        "day days": 86400,
        "week weeks": 604800,
        "month months": 2629800,
        "year years": 31557600,
    },
    "size": {
        "byte bytes b": 1,
        "kb kib kilobyte kilobytes": 1024,
        "mb mib megabyte megabytes": 1024**2,
        "gb gib gigabyte gigabytes": 1024**3,
        "tb tib terabyte terabytes": 1024**4,
        "pb pib petabyte petabytes": 1024**5,
    },
    "length": {
        "mm millimeter millimeters millimetre millimetres": 0.001,
        "cm centimeter centimeters centimetre centimetres": 0.01,
        "inch inches": 0.0254,
        "ft foot feet": 0.3048,
        "yard yards": 0.9144,
        "meter meters metre metres": 1,
        "km kilometer kilometers kilometre kilometres": 1000,
        "mile miles": 1609.344,
    },
    "weight": {
        "mg milligram milligrams": 0.001,
        "g gram grams": 1,
        "oz ounce ounces": 28.3495,
        "lb lbs pound pounds": 453.592,
        "kg kilogram kilograms": 1000,
    },
    "volume": {
        "ml milliliter milliliters millilitre millilitres": 1,
        "tsp teaspoon teaspoons": 4.92892,
        "tbsp tablespoon tablespoons": 14.7868,
        "cup cups": 236.588,
        "pint pints": 473.176,
        "quart quarts": 946.353,
        "liter liters litre litres": 1000,
        "gallon gallons": 3785.41,
    },
    "percent": {"% percent pct": 1},
    "money": {"$ usd dollar dollars": 1, "€ eur euro euros": 1.0000001},
}
for _dimension, _table in _UNIT_TABLES.items():
    for _names, _factor in _table.items():
        for _name in _names.split():
            _UNITS[_name] = (_dimension, float(_factor))

_NUMBER = re.compile(
    r"(?<![\w.])(?P<money>[$€])?\s?(?P<value>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
    r"(?:(?P<scale>[kKmMbB])(?![\w])|(?:\s|-|\u00a0)?(?P<unit>%|[A-Za-z]+))?(?![\w])"
)
_WORD_NUMBER = re.compile(rf"\b(?P<value>{'|'.join(_NUMBER_WORDS)})\b(?:[\s-](?P<unit>[A-Za-z]+))?", re.IGNORECASE)
_SCALES = {"k": 1e3, "m": 1e6, "b": 1e9}
_SCALE_WORDS = {"thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12}


@dataclass(frozen=True)
class Number:
    """A number in base units of its ``dimension`` ("" for a plain count); ``said`` is how it was written."""

    value: float
    dimension: str
    said: str

    def same(self, other: Number) -> bool:
        """Return whether both mean the same amount; a bare number may stand for one with a unit."""
        if self.dimension and other.dimension and self.dimension != other.dimension:
            return False
        if abs(self.value - other.value) <= 1e-6 * max(1.0, abs(self.value)):
            return True
        # 30 and 30 s: one of them has no unit to convert by.
        return self.dimension != other.dimension and _leading(self.said) == _leading(other.said)


def _leading(said: str) -> str:
    match = re.search(r"\d[\d,.]*", said)
    return match.group().replace(",", "").rstrip(".") if match else said.casefold()


def numbers(text: str) -> list[Number]:
    """Return the numbers in ``text``, digits and words up to twenty; digits inside names (S3, F1, m5) are none."""
    found = []
    for match in _NUMBER.finditer(text):
        value = float(match["value"].replace(",", ""))
        unit = (match["unit"] or "").casefold()
        if match["scale"]:
            value *= _SCALES[match["scale"].casefold()]
        if unit in _SCALE_WORDS:
            value *= _SCALE_WORDS[unit]
        dimension, factor = _UNITS.get(match["money"] or unit, ("", 1.0))
        found.append(Number(value * factor, dimension, match.group().strip()))
    for match in _WORD_NUMBER.finditer(text):
        unit = (match["unit"] or "").casefold()
        # "one" is mostly a pronoun; it counts as a number only before a unit.
        if match["value"].casefold() in ("one", "zero") and unit not in _UNITS:
            continue
        dimension, factor = _UNITS.get(unit, ("", 1.0))
        found.append(Number(_NUMBER_WORDS[match["value"].casefold()] * factor, dimension, match.group().strip()))
    return found


_QUOTED = re.compile(r"[\"“”]([^\"“”]{3,}?)[\"“”]")
_NAME = re.compile(
    r"`[^`]+`|\b(?:[A-Z]{2,}[A-Z0-9]*s?|[A-Za-z]*[a-z][A-Z]\w*|[A-Z][a-z]*\d\w*|[a-z]+\d+(?:\.[a-z0-9]+)+)\b"
    r"|(?<=[a-z,;:)] )[A-Z][a-z]{2,}\b(?:[ -][A-Z][a-z]+\b)*"
)


def quotations(text: str) -> list[str]:
    """Return what stands between double quotation marks."""
    return [match.strip() for match in _QUOTED.findall(text)]


def names(text: str) -> list[str]:
    """Return tokens that look like names: CamelCase, capitals, code, capitalised inside a sentence."""
    return list(dict.fromkeys(match.group().strip("`") for match in _NAME.finditer(text)))


_NEGATION = re.compile(
    r"\b(?:not|no|never|none|nothing|cannot|can't|don't|doesn't|didn't|isn't|aren't|wasn't|weren't|won't|wouldn't"
    r"|shouldn't|couldn't|without|neither|nor|unable|lacks?)\b|n't\b",
    re.IGNORECASE,
)


def negations(text: str) -> int:
    """Return how many negating words ``text`` has."""
    return len(_NEGATION.findall(text.replace("’", "'")))


def negated(text: str, reach: int = 3) -> set[str]:
    """Return the stems of the ``reach`` content words after each negating word."""
    plain = text.replace("’", "'")
    found: set[str] = set()
    for match in _NEGATION.finditer(plain):
        clause = re.split(r"[.;:,]", plain[match.end() : match.end() + 80])[0]
        found.update(words(clause)[:reach])
    return found


def surroundings(text: str, said: str, reach: int = 3) -> set[str]:
    """Return the stems of the ``reach`` content words before and after each place where ``said`` stands in ``text``."""
    found: set[str] = set()
    for match in re.finditer(re.escape(said), text):
        found.update(words(text[max(0, match.start() - 80) : match.start()])[-reach:])
        found.update(words(text[match.end() : match.end() + 80])[:reach])
    return found


_OPPOSITES = [
    tuple(frozenset(stem(word) for word in side.split()) for side in pair.split("|"))
    for pair in (
        "supervised|unsupervised",
        "labelled labeled|unlabelled unlabeled",
        "synchronous synchronously|asynchronous asynchronously",
        "online|offline",
        "required mandatory must|optional",
        "always|never",
        "before|after",
        "minimum least|maximum most",
        "cheaper cheapest|dearer costlier",
        "faster quicker|slower",
        "linear|nonlinear",
        "structured|unstructured",
        "overfitting overfit overfits|underfitting underfit underfits",
        "encrypted|unencrypted",
        "balanced|imbalanced unbalanced",
        "stateful|stateless",
        "public|private",
        "inbound ingress|outbound egress",
        "managed|unmanaged",
        "above over|below under",
        "more higher larger greater bigger|fewer less lower smaller",
        "best|worst",
        "enable enables enabled|disable disables disabled",
        "continuous|categorical",
        "increase increases increased increasing raise raises|decrease decreases decreased decreasing reduce reduces",
        "improve improves improved|worsen worsens worsened",
        "strengthen strengthens|weaken weakens",
        "longer longest|shorter shortest",
        "largest biggest|smallest",
        "first|last",
        "early earlier|late later",
        "hot hotter|cold colder",
        "high|low",
        "gain gains|loss losses",
        "allow allows|deny denies forbid forbids",
        "open|closed",
        "safe|unsafe dangerous",
        "simple easy easier|complex difficult harder",
        "positive positives|negative negatives",
        "true|false",
        "include includes|exclude excludes",
        "internal|external",
        "weak|strong",
    )
]

_UP = frozenset(
    stem(word)
    for word in (
        "increase increases increasing increased raise raises raising raised rise rises rising grow grows growing higher more"
        " larger greater bigger improve improves improving improved boost boosts gain gains maximize maximizes maximise up"
        " longer faster add adds adding strengthen strengthens widen widens"
    ).split()
)
_DOWN = frozenset(
    stem(word)
    for word in (
        "decrease decreases decreasing decreased reduce reduces reducing reduced lower lowers lowering lowered fall falls"
        " falling drop drops dropping shrink shrinks shrinking fewer less smaller lose loses minimize minimizes minimise"
        " down worsen worsens shorter slower remove removes cut cuts weaken weakens narrow narrows hurt hurts"
    ).split()
)
Direction = Literal[1, -1]
_WINDOW = 4


def opposite(sentence: str, evidence: str) -> tuple[str, str] | None:
    """Return (word of the sentence, its opposite in the evidence) if one stands where the other should."""
    ours, theirs = set(words(sentence, keep_stop_words=True)), set(words(evidence, keep_stop_words=True))
    for pair in _OPPOSITES:
        for this, that in (pair, pair[::-1]):
            if ours & this and not ours & that and theirs & that and not theirs & this:
                return _spelled(sentence, ours & this), _spelled(evidence, theirs & that)
    return None


def _spelled(text: str, stems: set[str]) -> str:
    """Return the word of ``text`` whose stem is among ``stems``, as it is written there."""
    for match in re.finditer(r"[^\W\d_]+", text):
        if stem(match.group().casefold()) in stems:
            return match.group()
    return min(stems, default="")


def directions(text: str) -> dict[str, set[Direction]]:
    """Return for each content word which way ``text`` says it goes: +1 up, -1 down.

    A direction word ("raises", "lower") is tied to the content words right after it, and to the ones right
    before it if nothing follows.
    """
    tokens = words(text, keep_stop_words=True)
    content = set(words(text))
    found: dict[str, set[Direction]] = {}
    for i, token in enumerate(tokens):
        way: Direction | None = 1 if token in _UP else -1 if token in _DOWN else None
        if way is None:
            continue
        after = _until_direction(tokens[i + 1 : i + 1 + _WINDOW])
        near = [t for t in after if t in content] or [
            t for t in tokens[max(0, i - _WINDOW) : i] if t in content and t not in _UP | _DOWN
        ][-1:]
        for target in near[:2]:
            found.setdefault(target, set()).add(way)
    return found


def _until_direction(tokens: list[str]) -> list[str]:
    for i, token in enumerate(tokens):
        if token in _UP or token in _DOWN or token in ("and", "but", "while"):
            return tokens[:i]
    return tokens


def reversed_direction(sentence: str, evidence: str) -> str | None:
    """Return the content word that goes up in one text and only down in the other."""
    ours, theirs = directions(sentence), directions(evidence)
    for word, ways in ours.items():
        other = theirs.get(word)
        if other and len(ways) == 1 and len(other) == 1 and ways != other:
            return _spelled(sentence, {word})
    return None
