"""A confusion written out as a note, so that it can be quoted, cited and shown like one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from corpus.clause import is_clause
from corpus.note import FrontMatter, Note
from corpus.pack import Confusion, Constraint

_PHENOMENON = re.compile(
    r"\b(?:(?i:drift|overfitting|underfitting|leakage|collinearity|vanishing|exploding|underflow)|MCAR|MAR|MNAR)\b"
)


def confusion_note_id(confusion: Confusion) -> str:
    """Return the id of the note that stands for a confusion."""
    return f"confusion-{confusion.id}"


def confusion_note(confusion: Confusion, notes: Mapping[str, Note]) -> Note | None:
    """Return the note of a confusion: a line on each side, then when to choose which and why.

    Objectives, services, sources and the older date come from the notes of its sides; None if none of them is there.
    """
    sides = [notes[side.note] for side in confusion.sides if side.note in notes]
    if not sides:
        return None
    lines = [f"# {_listed(confusion)}", "", *(f"- {side.line}" for side in confusion.sides)]
    lines += ["", "## When to choose which", "", *(_choice(confusion, entry) for entry in confusion.constraints), ""]
    meta = FrontMatter(
        id=confusion_note_id(confusion),
        title=_listed(confusion),
        objectives=_merged(note.meta.objectives for note in sides),
        services=_merged(note.meta.services for note in sides),
        as_of=min(note.meta.as_of for note in sides),
        sources=_merged(note.meta.sources for note in sides),
        see_also=tuple(note.id for note in sides),
    )
    return Note(meta, "\n".join(lines), 0, Path("confusions") / f"{confusion.id}.md")


def _choice(confusion: Confusion, entry: Constraint) -> str:
    others = [side.name for side in confusion.sides if side.name != entry.choose]
    instead = f" instead of {others[0]}" if len(others) == 1 else ""
    verb = "Think of" if is_phenomenon(entry.choose) else "Choose"
    link = "when" if is_clause(entry.when) else "for"
    return f"- {verb} {entry.choose}{instead} {link} {entry.when.rstrip('.')}: {entry.because.rstrip('.')}."


def is_phenomenon(name: str) -> bool:
    """Return whether a name is of something that is found (drift, leakage), not of something that is chosen."""
    return bool(_PHENOMENON.search(name))


def _listed(confusion: Confusion) -> str:
    names = [side.name for side in confusion.sides]
    return f"{', '.join(names[:-1])} or {names[-1]}"


def _merged(parts: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for part in parts for value in part))
