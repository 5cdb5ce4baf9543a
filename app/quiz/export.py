"""Items as files for other programs: Anki, QTI 2.1, CSV, JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Literal, get_args

from app.quiz.blind import display_order
from corpus.item import Item, Option

Format = Literal["anki", "qti", "csv", "json"]
FORMATS: tuple[Format, ...] = get_args(Format)
SUFFIXES: dict[Format, str] = {"anki": "apkg", "qti": "zip", "csv": "csv", "json": "json"}
MIME: dict[Format, str] = {
    "anki": "application/octet-stream", "qti": "application/zip", "csv": "text/csv", "json": "application/json",
}  # fmt: skip
LETTERS = "ABCDEFGH"
SHOWN_SEED = 1
"""Options stand in the order of this seed, so that the place of the key tells nothing."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def export_items(items: Sequence[Item], to: Format, title: str) -> bytes:
    """Return the bytes of a file with the items; the same items give the same bytes, but for Anki's own numbers."""
    writers: dict[Format, Callable[[], bytes]] = {
        "csv": lambda: as_csv(items),
        "json": lambda: as_json(items),
        "anki": lambda: bytes(import_module("app.quiz.export_anki").as_apkg(items, title)),
        "qti": lambda: bytes(import_module("app.quiz.export_qti").as_package(items, title)),
    }
    return writers[to]()


def shown_options(item: Item) -> list[tuple[str, Option]]:
    """Return the options with their letters in the order of `SHOWN_SEED`."""
    return [(LETTERS[place], item.options[i]) for place, i in enumerate(display_order(item, SHOWN_SEED))]


def as_json(items: Sequence[Item]) -> bytes:
    """Return the items as a JSON list, each with its id."""
    data = [{"id": item.id, **item.model_dump(mode="json")} for item in items]
    return json.dumps(data, ensure_ascii=False, indent=1).encode()


def as_csv(items: Sequence[Item]) -> bytes:
    """Return a table in UTF-8 with a byte order mark, one row an item; no cell is a formula to a spreadsheet."""
    most = max((len(item.options) for item in items), default=4)
    letters = LETTERS[:most]
    head = ["id", "objective", "type", "difficulty", "stem", *(f"option {x}" for x in letters), "key",
            *(f"why {x}" for x in letters), "author"]  # fmt: skip
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(head)
    for item in items:
        shown = shown_options(item)
        pad = [""] * (most - len(shown))
        cells = [item.id, item.objective, item.type, item.difficulty, item.stem]
        cells += [*(option.text for _, option in shown), *pad]
        cells += ["".join(letter for letter, option in shown if option.correct)]
        cells += [*(option.why for _, option in shown), *pad, item.author]
        writer.writerow([safe_cell(cell) for cell in cells])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def safe_cell(text: str) -> str:
    """Return a cell that no spreadsheet takes for a formula (OWASP, CSV injection): such a one begins with '."""
    return f"'{text}" if text.startswith(_FORMULA) else text
