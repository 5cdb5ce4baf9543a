"""``tutor pack coverage``: which notes and questions cover each objective and service, as a table or a page."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from datetime import date
from html import escape
from pathlib import Path

from rich.console import Console
from rich.markup import escape as unmarked
from rich.table import Table

from corpus.check import check_pack
from corpus.errors import PackError
from corpus.exam import Exam
from corpus.item import read_bank
from corpus.pack import find_pack, load_pack


@dataclass(frozen=True)
class Row:
    """What covers one objective or service: titles of notes, and the number of questions."""

    id: str
    text: str
    notes: tuple[str, ...]
    items: int


@dataclass(frozen=True)
class Map:
    """The coverage of a pack; rows in blueprint order."""

    exam: Exam
    objectives: tuple[Row, ...]
    services: tuple[Row, ...]


def run_pack_coverage(pack: str, html: Path | None, as_json: bool) -> int:
    """Print the coverage of a pack, or write it as a page; return 0 if nothing is left out, else 1."""
    drawn = coverage_map(find_pack(pack))
    if html is not None:
        try:
            html.write_text(page(drawn), encoding="utf-8")
        except OSError as error:
            raise PackError(f"{html} cannot be written; name a file in a folder that exists.") from error
    if as_json:
        rows = {name: [vars(row) for row in getattr(drawn, name)] for name in ("objectives", "services")}
        print(json.dumps(rows, ensure_ascii=False))
    elif html is not None:
        print(f"Written to {html}.")
    else:
        _print(drawn)
    return 0 if all(row.notes for row in (*drawn.objectives, *drawn.services)) else 1


def coverage_map(folder: Path) -> Map:
    """Return what covers what in the pack in ``folder``; raises PackError if it cannot be read."""
    pack = load_pack(folder)
    titles = {note.id: note.meta.title for note in pack.notes}
    covered = check_pack(folder, date.today()).coverage
    bank = read_bank(folder)
    by_objective = Counter(item.objective for item in bank)
    by_service = Counter(service for item in bank for service in item.services)
    return Map(
        exam=pack.exam,
        objectives=tuple(
            Row(id_, objective.text, tuple(titles[n] for n in covered.objectives[id_]), by_objective[id_])
            for id_, objective in pack.exam.objectives().items()
        ),
        services=tuple(
            Row(name, "", tuple(titles[n] for n in notes), by_service[name]) for name, notes in covered.services.items()
        ),
    )


def _print(drawn: Map) -> None:
    console = Console()
    for name, rows in (("Objective", drawn.objectives), ("Service", drawn.services)):
        table = Table(name, "Notes", "Questions")
        for row in rows:
            table.add_row(
                unmarked(f"{row.id} {row.text}".strip()), str(len(row.notes)) if row.notes else "none", str(row.items)
            )
        console.print(table)


_STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; margin-bottom: 2rem; }
th, td { text-align: left; vertical-align: top; padding: .4rem .6rem; border-bottom: 1px solid #8886; }
.bar { display: inline-block; height: .7rem; background: #2f7d5d; border-radius: 2px; margin-right: .4rem; }
.none { font-weight: bold; color: #c0392b; }
@media (prefers-color-scheme: dark) { .bar { background: #58b08b; } .none { color: #ff8a7a; } }
td:nth-child(2) { width: 12rem; }
details summary { cursor: pointer; white-space: nowrap; }
"""
_PIXELS_A_NOTE = 8


def page(drawn: Map) -> str:
    """Return the coverage as one HTML page that needs nothing else; texts of the pack are escaped."""
    code = escape(drawn.exam.code)
    parts = [
        f"<!doctype html><html lang='en'><meta charset='utf-8'><title>{code}: coverage</title><style>{_STYLE}</style>",
        f"<h1>{code}: what covers each objective</h1>",
    ]
    for domain in drawn.exam.domains:
        rows = [row for row in drawn.objectives if row.id.split(".")[0] == domain.id]
        parts.append(f"<h2>{escape(domain.id)}. {escape(domain.title)} ({domain.weight_pct} %)</h2>")
        parts.append(_table("Objective", rows))
    parts.append("<h2>Services</h2>" + _table("Service", drawn.services) + "</html>")
    return "\n".join(parts) + "\n"


def _table(name: str, rows: list[Row] | tuple[Row, ...]) -> str:
    head = f"<table><thead><tr><th scope='col'>{name}<th scope='col'>Notes<th scope='col'>Questions</thead><tbody>"
    return head + "".join(_row(row) for row in rows) + "</tbody></table>"


def _row(row: Row) -> str:
    count = len(row.notes)
    bar = f"<span class='bar' style='width:{count * _PIXELS_A_NOTE}px'></span>"
    titles = "".join(f"<li>{escape(title)}" for title in row.notes)
    notes = (
        f"<details><summary>{bar}{count}</summary><ul>{titles}</ul></details>"
        if count
        else "<span class='none'>none</span>"
    )
    return f"<tr><th scope='row'>{escape(row.id)} {escape(row.text)}<td>{notes}<td>{row.items}</tr>"
