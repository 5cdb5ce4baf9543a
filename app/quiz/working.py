"""Worked arithmetic in a rationale: does "45 / (45 + 15) = 0.75" come out, and does it start from numbers that are given?

Notes state the formula; the numbers stand in the stem. No passage says the result, so it is computed here.
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable

from app.tutor.facts import numbers
from ingest.words import words

_TERM = r"\d[\d,]*(?:\.\d+)?"
_EQUATION = re.compile(rf"[(\s]*{_TERM}(?:[\s()]*[-+*/×−÷][\s()]*{_TERM})+[\s)]*=\s*{_TERM}")
_MOST_WORDS = 12
"""Content words beside an equation; more would be a claim that the sentence check has to judge."""
_CONSTANTS = {1.0, 2.0, 100.0}
"""Numbers that anybody may compute with: a complement, a half or a double, percent."""
_SIGNS = str.maketrans({"×": "*", "−": "-", "÷": "/", ",": None})
_OPERATIONS: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


def has_working(sentence: str) -> bool:
    """Return whether a sentence computes something with numbers."""
    return _EQUATION.search(sentence) is not None


def working_fault(sentence: str, given: str) -> str | None:
    """Return what is wrong with the arithmetic of a sentence, else None.

    ``given`` is the text that may be computed with: stem, options, quotes and earlier results. Each equation must be
    right at the precision that it states, start from numbers in ``given``, and stand among few words, all of ``given``.
    """
    known = (
        _CONSTANTS | {number.value for number in numbers(given)} | {_number(said) for said in re.findall(_TERM, given)}
    )
    for equation in _EQUATION.findall(sentence):
        left, _, right = equation.partition("=")
        unknown = next((said for said in re.findall(_TERM, left) if _number(said) not in known), None)
        if unknown is not None:
            return f"Neither the question nor the quotes give the number {unknown}."
        try:
            value = _value(ast.parse(left.strip().translate(_SIGNS), mode="eval").body)
        except (SyntaxError, ZeroDivisionError):
            return f"{equation.strip()!r} cannot be computed."
        if abs(value - _number(right)) > 0.5 * 10 ** -_decimals(right) + 1e-9:
            return f"{left.strip()} is not {right.strip()}."
        known.add(_number(right))
    said = set(words(_EQUATION.sub(" ", sentence)))
    if len(said) > _MOST_WORDS:
        return "A sentence that computes says little else; say the rest in a sentence of its own."
    strange = said - set(words(given))
    return f"The question and the quotes do not speak of: {', '.join(sorted(strange))}." if strange else None


def _value(node: ast.expr) -> float:
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATIONS:
        return _OPERATIONS[type(node.op)](_value(node.left), _value(node.right))
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return float(node.value)
    raise SyntaxError("not plain arithmetic")


def _number(said: str) -> float:
    return float(said.strip().translate(_SIGNS))


def _decimals(said: str) -> int:
    return len(said.strip().partition(".")[2])
