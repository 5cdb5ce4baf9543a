"""Items as an Anki deck."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from html import escape
from pathlib import Path

import genanki

from app.quiz.export import shown_options
from corpus.item import Item

_MODEL_ID = 1_607_392_319
_DECK_ID = 2_059_400_110
_FRONT = "<p>{{Question}}</p>{{Options}}"
_BACK = "{{FrontSide}}<hr id=answer><p><b>{{Key}}</b></p>{{Reasons}}<p><small>{{Objective}}</small></p>"
_CSS = ".card { font-family: sans-serif; font-size: 18px; text-align: left; } li { margin: .4em 0; }"


def as_apkg(items: Sequence[Item], title: str) -> bytes:
    """Return an .apkg file; a note's guid is the item's id, so that importing again updates it."""
    model = genanki.Model(
        _MODEL_ID,
        "Exam tutor question",
        fields=[{"name": name} for name in ("Question", "Options", "Key", "Reasons", "Objective")],
        templates=[{"name": "Question", "qfmt": _FRONT, "afmt": _BACK}],
        css=_CSS,
    )
    deck = genanki.Deck(_DECK_ID, title)
    for item in items:
        deck.add_note(genanki.Note(model=model, fields=_fields(item), guid=item.id, tags=_tags(item)))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "deck.apkg"
        genanki.Package(deck).write_to_file(str(path))
        return path.read_bytes()


def _fields(item: Item) -> list[str]:
    shown = shown_options(item)
    options = "".join(f"<li>{escape(option.text)}</li>" for _, option in shown)
    key = "; ".join(f"{letter}. {escape(option.text)}" for letter, option in shown if option.correct)
    reasons = "".join(
        f"<li>{letter}. {'right' if option.correct else 'wrong'}: {escape(option.why)}</li>" for letter, option in shown
    )
    return [
        escape(item.stem),
        f'<ol type="A">{options}</ol>',
        key,
        f"<ul>{reasons}</ul>",
        f"Objective {item.objective}",
    ]


def _tags(item: Item) -> list[str]:
    return [f"objective-{item.objective}", f"domain-{item.domain}", item.difficulty]
