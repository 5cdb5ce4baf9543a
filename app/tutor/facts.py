"""What a sentence commits itself to: numbers with units, dates, names, quotations, polarity, directions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from ingest.words import STOP_WORDS, words

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

_FRACTIONS = {
    "1/2": 1 / 2, "1/3": 1 / 3, "2/3": 2 / 3, "1/4": 1 / 4, "3/4": 3 / 4, "1/8": 1 / 8, "3/8": 3 / 8, "5/8": 5 / 8, "7/8": 7 / 8,
    "½": 1 / 2, "⅓": 1 / 3, "⅔": 2 / 3, "¼": 1 / 4, "¾": 3 / 4, "⅛": 1 / 8,
}  # fmt: skip
_FRACTION = rf"(?P<fraction>{'|'.join(_FRACTIONS)})(?![\d/])"
_NUMBER = re.compile(
    rf"(?<![\w.])(?P<money>[$€])?\s?(?P<value>(?:(?P<whole>\d+)[ -]?)?{_FRACTION}|\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?|\d+(?:\.\d+)?)"
    r"(?:(?P<scale>[kKmMbB])(?![\w])|(?:\)|\s?\([^()]{1,20}\))?(?:\s|-|\u00a0)?(?P<unit>%|[A-Za-z]+))?(?![\w])"
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


def among(number: Number, others: Sequence[Number]) -> bool:
    """Return whether one of the others is the same amount; a bare one counts only where none has its digits with another unit.

    Of "3. Simmer for 2 hours. 2. Stir." the bare 2 does not make 2 minutes right.
    """
    same = [other for other in others if number.same(other)]
    if not number.dimension or any(other.dimension for other in same):
        return bool(same)
    digits = _leading(number.said)
    return bool(same) and not any(
        other.dimension == number.dimension and _leading(other.said) == digits for other in others
    )


def _leading(said: str) -> str:
    match = re.search(r"[\d½⅓⅔¼¾⅛][\d,./½⅓⅔¼¾⅛]*(?: \d/\d)?", said)
    return match.group().replace(",", "").rstrip(".") if match else said.casefold()


def _value(match: re.Match[str]) -> float:
    if match["fraction"]:
        return float(match["whole"] or 0) + _FRACTIONS[match["fraction"]]
    return float(match["value"].replace(",", ""))


_LISTED = re.compile(r",? ?(?:or|and|to)? ?|[-–]")


MOST_NUMBERS = 40
"""So many numbers of a text are compared; a text of nothing but numbers takes no more time than another."""


def numbers(text: str) -> list[Number]:
    """Return the different numbers in ``text``, digits and words up to twenty; digits inside names (S3, F1, m5) are none.

    In a list ("1, 2 or 4 GB") the unit counts for each number.
    """
    return list(dict.fromkeys(_numbers(text)))[:MOST_NUMBERS]


@lru_cache(maxsize=16384)
def _numbers(text: str) -> tuple[Number, ...]:
    found: list[Number] = []
    begins, listed = len(text), ("", 1.0)
    for match in reversed(list(_NUMBER.finditer(text))):
        value = _value(match)
        unit = (match["unit"] or "").casefold()
        if match["scale"]:
            value *= _SCALES[match["scale"].casefold()]
        if unit in _SCALE_WORDS:
            value *= _SCALE_WORDS[unit]
        dimension, factor = _UNITS.get(match["money"] or unit, ("", 1.0))
        if not dimension and unit in ("", "or", "and", "to") and _LISTED.fullmatch(text[match.end("value") : begins]):
            dimension, factor, unit = *listed, ""
        begins, listed = match.start("value"), (dimension, factor)
        said = match.group().strip() if unit or match["scale"] or match["money"] else match["value"]
        if ")" in said and not dimension:
            said = match["value"]
        found.insert(0, Number(value * factor, dimension, said))
    for match in _WORD_NUMBER.finditer(text):
        unit = (match["unit"] or "").casefold()
        # "one" is mostly a pronoun; it counts as a number only before a unit.
        if match["value"].casefold() in ("one", "zero") and unit not in _UNITS:
            continue
        dimension, factor = _UNITS.get(unit, ("", 1.0))
        found.append(Number(_NUMBER_WORDS[match["value"].casefold()] * factor, dimension, match.group().strip()))
    return tuple(found)


_COUNTED = re.compile(r"(?<![\w.,])(\d{1,3}(?:,\d{3})+|\d+(?:\.\d+)?) ([a-z]{3,})\b")


def counted(text: str) -> dict[str, str]:
    """Return the number that stands right before each thing ("5,500 read requests": read → 5,500); units are no things."""
    return {
        thing: number for number, thing in _COUNTED.findall(text) if thing not in _UNITS and thing not in STOP_WORDS
    }


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


def surroundings(text: str, said: str, reach: int = 3) -> set[str]:
    """Return the stems of the ``reach`` content words before and after each place where ``said`` stands in ``text``."""
    found: set[str] = set()
    for match in re.finditer(re.escape(said), text):
        found.update(words(text[max(0, match.start() - 80) : match.start()])[-reach:])
        found.update(words(text[match.end() : match.end() + 80])[:reach])
    return found
