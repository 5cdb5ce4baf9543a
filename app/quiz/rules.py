"""What the notes say about choosing: rules "choose A for this, B instead for that", read with the spans that say so.

Two places of a note hold such rules: bullets that begin with "Choose …", and tables whose columns pair a need with
what answers it. Composed items are built on them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from corpus.item import Proof
from corpus.markdown import Unit, sections
from corpus.note import Note
from ingest.words import words

Link = Literal["when", "for", "to"]

_BULLET = re.compile(
    r"Choose (?P<choose>.+?)(?: instead of (?P<instead>.+?))? (?P<link>when|if|for(?! Lustre| Apache| Metrics)|to) (?P<need>.+?)\.?$"
)
_ASIDE = re.compile(r", (?:such as|for example|which|also called|one of|that is)\b.*$")
_TAIL = re.compile(r",? (?:because|since)\b.*$|, so that\b.*$|; .*$")
_NEED_FIRST = re.compile(
    r"^(?:need|problem|task|situation|symptom|sign|question|risk|threat|goal|traffic|cost that|measured|missing|error"
    r"|effort|user$|work$|business|step of|data$|cue words)",
    re.IGNORECASE,
)
_NEED_LAST = re.compile(
    r"^(?:choose the|effect|use$|purpose|meaning|role$|what |describes|made for|suits|used for|restricts|best for"
    r"|typical use|question|reacts|good for|holds|idea|task$|raise it|changes)",
    re.IGNORECASE,
)
_ANSWER = re.compile(r"(?:remedy|choice|answer|tool|service|way|endpoint|likely cause|loss|step)\b", re.IGNORECASE)
_LONGEST_NAME = 8
_NEED_WORDS = (3, 30)


@dataclass(frozen=True)
class ChoiceRule:
    """``choose`` is right where ``need`` is given; ``instead`` is what it is to be taken instead of, or empty.

    ``kind`` names what is chosen ("hyperparameter of XGBoost") where a table's heading says it; ``group`` is shared
    by the rows of one table.
    """

    note: str
    choose: str
    need: str
    link: Link
    plain: str
    proof: Proof
    instead: str = ""
    kind: str = ""
    group: str = ""


def choice_rules(note: Note) -> tuple[ChoiceRule, ...]:
    """Return the rules that a note states, bullets first."""
    units = [unit for part in sections(note.text, note.body_start) for unit in part.units]
    bullets = [rule for unit in units if unit.kind == "sentence" for rule in _of_bullet(note, unit)]
    return (*bullets, *_of_tables(note, [unit for unit in units if unit.kind == "row"]))


def _of_bullet(note: Note, unit: Unit) -> Iterator[ChoiceRule]:
    match = _BULLET.match(unit.plain)
    if match is None:
        return
    need = _TAIL.sub("", match["need"])
    link: Link = "when" if match["link"] in ("when", "if") else "for" if match["link"] == "for" else "to"
    choose, instead = (_ASIDE.sub("", match[part] or "").strip() for part in ("choose", "instead"))
    if is_name(choose) and (not instead or is_name(instead)) and is_need(need, (choose, instead)):
        yield ChoiceRule(note.id, choose, need, link, unit.plain, _proof(note, unit), instead)


def _of_tables(note: Note, rows: Iterable[Unit]) -> Iterator[ChoiceRule]:
    """Yield rules from tables; the heading decides which column is the need and which is chosen."""
    for row in rows:
        header = _header(note.text, row.start)
        cells = _cells(note.text[row.start : row.end])
        if len(header) != len(cells) or len(cells) < 2:
            continue
        answer = _answer_column(header)
        if _NEED_FIRST.match(header[0]) and answer is not None:
            need, choose, kind = cells[0], cells[answer], header[answer]
        elif _NEED_LAST.match(header[-1]):
            need, choose, kind = cells[-1], cells[0], header[0]
        else:
            continue
        kind = re.sub(r" that .*", "", lower_first(kind))
        if choose.casefold() in need.casefold():
            need = re.sub(rf"(?<!\w){re.escape(choose)}(?!\w)", f"one {kind}", need, flags=re.IGNORECASE)
        need = need.rstrip(".")
        if is_name(choose) and is_need(need, (choose,)):
            group = f"{note.id}|{'|'.join(header)}"
            yield ChoiceRule(note.id, choose, need, "when", row.plain, _proof(note, row), kind=kind, group=group)


def _answer_column(header: list[str]) -> int | None:
    """Return which column answers the need in the first one: one that is headed so, else the only other one."""
    fitting = [i for i, name in enumerate(header) if i and _ANSWER.match(name)]
    return fitting[0] if fitting else 1 if len(header) == 2 else None


def _header(text: str, row_start: int) -> list[str]:
    lines = text[:row_start].splitlines()
    for line, below in zip(reversed(lines[:-1]), reversed(lines), strict=False):
        if re.fullmatch(r"\s*\|[-| :]+\|\s*", below):
            return _cells(line)
        if not below.lstrip().startswith("|"):
            break
    return []


def _cells(row: str) -> list[str]:
    return [re.sub(r"[`*]", "", cell).strip() for cell in re.split(r"(?<!\\)\|", row.strip().strip("|"))]


def _proof(note: Note, unit: Unit) -> Proof:
    return Proof(note=note.id, quote=note.text[unit.start : unit.end])


def is_name(text: str) -> bool:
    """Return whether a phrase can stand as an option: short, one thing, no clause."""
    return 0 < len(text.split()) <= _LONGEST_NAME and not re.search(r"[,;:?]|^to | or | which | that |\bboth\b", text)


def is_need(text: str, names: Iterable[str]) -> bool:
    """Return whether a phrase can stand in a stem: of fair length, and without the name of what is to be chosen."""
    low, high = _NEED_WORDS
    if not low <= len(text.split()) <= high or re.search(r"\bit\b|\bthey\b|\bthis\b|\babove\b|\?", text, re.IGNORECASE):
        return False
    said = set(words(text))
    return all(not (own := set(words(name))) or len(own & said) < max(1, len(own) / 2) for name in names if name)


def lower_first(text: str) -> str:
    """Return a heading as it reads inside a sentence: a capital stays where it belongs to a name."""
    first = text.split(" ", 1)[0]
    is_proper = first.startswith(("Amazon", "AWS", "SageMaker")) or not first[1:].islower() or first.endswith("'s")
    return text if is_proper else text[:1].lower() + text[1:]
