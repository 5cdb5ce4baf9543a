"""What is wrong with a pack: ids, links, sources, coverage, and sentences that do not stand alone.

``python -m corpus.check FOLDER`` prints the findings a line each and exits 1 if there is an error.
"""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

from corpus.errors import PackError
from corpus.exam import Exam, read_exam
from corpus.markdown import Unit, sections
from corpus.near_copies import near_copies
from corpus.note import Note, read_note
from corpus.pack import ChoiceSet, Confusion, Term, note_paths, read_choices, read_confusions, read_glossary

MIN_WORDS, MAX_WORDS = 250, 700
MAX_SENTENCE_WORDS = 45
STALE_DAYS = 540

_LEANING = re.compile(r"(?:It|Its|This|These|Those|That|They|Their|Such|The former|The latter|He|She)\b(?!-)")
_FIRST_SECTION = "What it is"


@dataclass(frozen=True)
class Finding:
    """One thing to mend; an ``error`` fails the check, a ``warning`` does not."""

    level: Literal["error", "warning"]
    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.level}: {self.where}: {self.what}"


@dataclass(frozen=True)
class Coverage:
    """Note ids by objective id and by service name; an empty tuple is a gap."""

    objectives: dict[str, tuple[str, ...]]
    services: dict[str, tuple[str, ...]]


@dataclass(frozen=True)
class Report:
    findings: tuple[Finding, ...]
    notes: int
    coverage: Coverage

    @property
    def ok(self) -> bool:
        return not any(finding.level == "error" for finding in self.findings)


def check_pack(pack_dir: Path, today: date) -> Report:
    """Return all findings about the pack in ``pack_dir``; every note is read even if one is broken.

    Raises:
        PackError: exam.yaml itself cannot be read.
    """
    exam = read_exam(pack_dir / "exam.yaml")
    findings: list[Finding] = []
    notes: list[Note] = []
    for path in note_paths(pack_dir):
        try:
            notes.append(read_note(path))
        except PackError as error:
            findings.append(Finding("error", path.name, str(error)))
    confusions, glossary, choices = _read_lists(pack_dir, findings)
    findings.extend(_names(notes))
    for note in notes:
        findings.extend(_front_matter(note, exam, {n.id for n in notes}, today))
        findings.extend(_body(note))
    findings.extend(_repeated(notes))
    findings.extend(
        Finding("warning", copy.note, f"nearly repeats a sentence of {copy.of}: {copy.text[:60]!r}")
        for copy in near_copies(notes)
    )
    findings.extend(_links(confusions, glossary, {note.id for note in notes}))
    findings.extend(_choices(choices))
    coverage = _coverage(exam, notes)
    findings.extend(
        Finding("warning", gap, "no note covers it")
        for gap, ids in [*coverage.objectives.items(), *coverage.services.items()]
        if not ids
    )
    return Report(tuple(findings), len(notes), coverage)


def _read_lists(
    pack_dir: Path, findings: list[Finding]
) -> tuple[tuple[Confusion, ...], tuple[Term, ...], tuple[ChoiceSet, ...]]:
    confusions: tuple[Confusion, ...] = ()
    glossary: tuple[Term, ...] = ()
    choices: tuple[ChoiceSet, ...] = ()
    try:
        confusions = read_confusions(pack_dir / "confusions.yaml")
        glossary = read_glossary(pack_dir / "glossary.yaml")
        choices = read_choices(pack_dir / "choices.yaml")
    except PackError as error:
        findings.append(Finding("error", pack_dir.name, str(error)))
    return confusions, glossary, choices


def _names(notes: list[Note]) -> Iterator[Finding]:
    """Ids are unique; a title or alias leads to one note only."""
    owners: dict[str, set[str]] = defaultdict(set)
    ids: dict[str, int] = defaultdict(int)
    for note in notes:
        ids[note.id] += 1
        if note.path.stem != note.id:
            yield Finding("error", note.path.name, f"file name and id {note.id!r} differ")
        for name in {note.meta.title, *note.meta.aliases}:
            owners[name.casefold()].add(note.id)
    for note_id, count in ids.items():
        if count > 1:
            yield Finding("error", note_id, f"{count} notes have this id")
    for name, users in owners.items():
        if len(users) > 1:
            yield Finding("error", ", ".join(sorted(users)), f"share the name or alias {name!r}")


def _front_matter(note: Note, exam: Exam, ids: set[str], today: date) -> Iterator[Finding]:
    known = exam.objectives()
    for objective in note.meta.objectives:
        if objective not in known:
            yield Finding("error", note.id, f"objective {objective} is not in the blueprint")
    for other in note.meta.see_also:
        if other not in ids:
            yield Finding("error", note.id, f"see_also names {other!r}, which is no note")
    if note.id in note.meta.see_also:
        yield Finding("error", note.id, "see_also names the note itself")
    if note.meta.as_of > today:
        yield Finding("error", note.id, f"as_of {note.meta.as_of} lies in the future")
    elif (today - note.meta.as_of).days > STALE_DAYS:
        yield Finding("warning", note.id, f"as_of {note.meta.as_of} is older than {STALE_DAYS} days")


def _body(note: Note) -> Iterator[Finding]:
    words = len(note.body.split())
    if not MIN_WORDS <= words <= MAX_WORDS:
        yield Finding("error", note.id, f"{words} words; a note has {MIN_WORDS} to {MAX_WORDS}")
    parts = sections(note.text, note.body_start)
    if not parts or parts[0].headings != (_FIRST_SECTION,):
        yield Finding("error", note.id, f"the first section must be '## {_FIRST_SECTION}'")
    if re.search(r"!\[|\]\(|<[a-zA-Z/!]", re.sub(r"`[^`]*`", "", note.body)):
        yield Finding("error", note.id, "links, images and HTML do not belong in the body")
    for part in parts:
        for unit in part.units:
            yield from _sentence(note.id, unit)


def _sentence(note_id: str, unit: Unit) -> Iterator[Finding]:
    if unit.kind != "sentence":
        return
    if _LEANING.match(unit.plain):
        yield Finding("error", note_id, f"does not stand alone: {unit.plain[:70]!r}")
    if len(unit.plain.split()) > MAX_SENTENCE_WORDS:
        yield Finding("error", note_id, f"over {MAX_SENTENCE_WORDS} words: {unit.plain[:70]!r}")


def _repeated(notes: list[Note]) -> Iterator[Finding]:
    """The same sentence (letters and digits only) stands in one place of one note."""
    seen: dict[str, str] = {}
    for note in notes:
        for part in sections(note.text, note.body_start):
            for unit in part.units:
                key = re.sub(r"\W+", " ", unit.plain).casefold().strip()
                if unit.kind == "sentence" and len(key) > 40 and seen.setdefault(key, note.id) != note.id:
                    yield Finding("error", note.id, f"repeats a sentence of {seen[key]}: {unit.plain[:60]!r}")


def _choices(choices: tuple[ChoiceSet, ...]) -> Iterator[Finding]:
    yield from _duplicates("choice set", [among.id for among in choices])
    for among in choices:
        named = {member for met in among.also.values() for member in met} | set(among.keys)
        for member in sorted(named - set(among.names())):
            yield Finding("error", f"choice set {among.id}", f"names {member!r}, which is no member")


def _links(confusions: tuple[Confusion, ...], glossary: tuple[Term, ...], ids: set[str]) -> Iterator[Finding]:
    for confusion in confusions:
        names = {side.name for side in confusion.sides}
        for side in confusion.sides:
            if side.note not in ids:
                yield Finding("error", f"confusion {confusion.id}", f"names {side.note!r}, which is no note")
        for constraint in confusion.constraints:
            if constraint.choose not in names:
                yield Finding("error", f"confusion {confusion.id}", f"chooses {constraint.choose!r}, which is no side")
    yield from _duplicates("confusion", [confusion.id for confusion in confusions])
    yield from _duplicates("glossary term", [term.term.casefold() for term in glossary])
    for term in glossary:
        if term.note is not None and term.note not in ids:
            yield Finding("error", f"glossary term {term.term}", f"names {term.note!r}, which is no note")


def _duplicates(kind: str, names: list[str]) -> Iterator[Finding]:
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield Finding("error", f"{kind} {name}", "is there twice")


def _coverage(exam: Exam, notes: list[Note]) -> Coverage:
    objectives = {
        objective: tuple(note.id for note in notes if objective in note.meta.objectives)
        for objective in exam.objectives()
    }
    services = {service: tuple(note.id for note in notes if _covers(note, service)) for service in exam.services()}
    return Coverage(objectives, services)


def _covers(note: Note, service: str) -> bool:
    """A service is covered by the note whose title names it, not by one that mentions it."""
    wanted = _bare(service)
    return any(wanted == _bare(name) for name in (note.meta.title, *note.meta.aliases))


def _bare(name: str) -> str:
    name = re.sub(r"\s*\(.*?\)", "", name).casefold()
    return re.sub(r"^(?:amazon|aws)\s+", "", name).strip()


def main(arguments: list[str]) -> int:
    """Print findings for the pack folder named first in ``arguments``; return the exit status."""
    try:
        report = check_pack(Path(arguments[0]), date.today())
    except (PackError, IndexError) as error:
        print(error if isinstance(error, PackError) else "Usage: python -m corpus.check FOLDER", file=sys.stderr)
        return 2
    for finding in report.findings:
        print(finding)
    errors = sum(finding.level == "error" for finding in report.findings)
    print(f"{report.notes} notes, {errors} errors, {len(report.findings) - errors} warnings")
    return 0 if report.ok else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
