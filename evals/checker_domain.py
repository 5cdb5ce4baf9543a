"""How well the sentence check judges sentences about our own notes, labelled by hand (`cases/checker_domain.jsonl`)."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from app.quiz.proof import Material, proof_source
from app.tutor.ground import Ground, Point
from app.tutor.source import Source
from app.tutor.trees import SupportModel
from app.tutor.types import Verdict
from corpus.item import read_bank
from corpus.markdown import sections, split_sentences
from corpus.note import Note
from corpus.pack import BUILT_IN, find_pack, load_pack
from evals.case import DomainSentence, Split, cases_dir, read_cases
from evals.errors import EvalError
from evals.statistics import Share


def domain_sentences(split: Split | None = None) -> list[DomainSentence]:
    """Return the labelled sentences, of one split if given; raises CaseError for a damaged file."""
    return read_cases(DomainSentence, cases_dir() / "checker_domain.jsonl", split)


def written_sentences() -> list[DomainSentence]:
    """Return the sentences written to learn from, over notes that lead no frozen case; raises CaseError for a damaged file."""
    return read_cases(DomainSentence, Path(__file__).parent / "training" / "sentences.jsonl")


@cache
def claims() -> tuple[DomainSentence, ...]:
    """Return the sentences that other writers wrote to learn from over all notes; none is a near copy of a frozen one.

    Raises:
        EvalError: the file is damaged.
    """
    path = Path(__file__).parent / "training" / "claims.jsonl"
    try:
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        return tuple(
            DomainSentence(
                id=f"{row['note']}-c{number}",
                origin="written over the notes, for training",
                split="dev",
                notes=(row["note"],),
                kind=row["kind"],
                supported=row["supported"],
                sentence=row["sentence"],
            )
            for number, row in enumerate(rows)
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise EvalError(f"{path.name} can't be read: {error}; restore it from the repository.") from error


def sources_of(notes: Sequence[Note]) -> list[Source]:
    """Return the sections of the notes as the answer path gives them to the check: other names of the topic in the heading."""
    return [
        Source(
            id=f"{note.id}-{section.start}",
            text=note.text[section.start : section.end],
            heading=" ".join((note.meta.title, *note.meta.aliases, *section.headings)),
            units=section.units,
            offset=section.start,
        )
        for note in notes
        for section in sections(note.text, note.body_start)
    ]


@dataclass(frozen=True)
class OwnSentence:
    """A sentence about our notes with the passages it was written from; ``group`` keeps those of a note or item together."""

    group: str
    sentence: str
    supported: bool
    sources: tuple[Source, ...]
    rationale: bool = False


def learned_sentences() -> list[DomainSentence]:
    """Return all sentences about our notes that the reader may learn from."""
    return [*domain_sentences("dev"), *written_sentences(), *claims()]


def own_sentences(labelled: Sequence[DomainSentence] | None = None) -> list[OwnSentence]:
    """Return the labelled sentences, by default those the trees are fitted to, and the items' rationales with their quotes."""
    if labelled is None:
        labelled = [*domain_sentences("dev"), *written_sentences()]
    found = [
        OwnSentence(
            case.notes[0], case.sentence, case.supported, tuple(sources_of([notes_by_id()[n] for n in case.notes]))
        )
        for case in labelled
    ]
    pack = load_pack(find_pack(BUILT_IN))
    material = Material.of(pack)
    for item in read_bank(pack.path):
        for option in item.options:
            source = proof_source(item, option, material)
            found += [
                OwnSentence(item.id, said, True, (source,), rationale=True) for said in split_sentences(option.why)
            ]
    return found


@cache
def notes_by_id() -> Mapping[str, Note]:
    """Return the notes of the shipped pack."""
    return {note.id: note for note in load_pack(find_pack(BUILT_IN)).notes}


def ground_of(case: DomainSentence, point: Point, model: SupportModel | None = None) -> Ground:
    """Return the notes of a case prepared for checking; raises EvalError if one of them is gone."""
    missing = [note for note in case.notes if note not in notes_by_id()]
    if missing:
        raise EvalError(f"Case {case.id} names the note {missing[0]!r}, which does not exist; mend the case.")
    return Ground(sources_of([notes_by_id()[note] for note in case.notes]), point=point, model=model)


def domain_figures(split: Split, point: Point, model: SupportModel | None = None) -> dict[str, Any]:
    """Return balanced accuracy in [0, 1] on a split and, by kind, the share judged rightly with its 95 % interval."""
    return {"split": split, **figures_of(domain_sentences(split), point, model)}


def figures_of(cases: Sequence[DomainSentence], point: Point, model: SupportModel | None = None) -> dict[str, Any]:
    """Return the same for any labelled sentences about our notes."""
    right: dict[str, list[bool]] = defaultdict(list)
    for case in cases:
        shown = ground_of(case, point, model).check(case.sentence).verdict is Verdict.SUPPORTED
        right[case.kind].append(shown == case.supported)
        right["all true" if case.supported else "all false"].append(shown == case.supported)
    true, false = right["all true"], right["all false"]
    return {
        "point": point,
        "sentences": len(true) + len(false),
        "balanced_accuracy": round((sum(true) / len(true) + sum(false) / len(false)) / 2, 4),
        "right_by_kind": {kind: str(Share(sum(hits), len(hits))) for kind, hits in sorted(right.items())},
    }
