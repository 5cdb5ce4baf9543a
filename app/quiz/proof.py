"""Whether an item's proof holds: quotes found, rationales licensed by them, distractors wrong for a stated reason."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from app.quiz.flaws import Flaw
from app.quiz.rules import ChoiceRule, choice_rules, name_key, share_said
from app.quiz.working import has_working, working_fault
from app.tutor.ground import Ground
from app.tutor.source import Source
from app.tutor.types import Verdict
from corpus.confusion_note import confusion_note
from corpus.exam import Exam
from corpus.item import Item, Option, Proof, quote_span
from corpus.markdown import plain_text, sections, split_sentences
from corpus.note import Note
from corpus.pack import ChoiceSet, Confusion, Pack
from corpus.scenes import Scenes
from ingest.words import words

OWN = "own rule: an item carries its proof"
_CLASS = "HDR 23, 29"
_ONE_KEY = "HDR 19"
_SAYS_SO = 0.7
"""Share of a constraint's words from which a rule is about the same constraint."""

_ENOUGH_SAID = 3
_DENIAL = re.compile(r"\b(?:no|not|nobody|none|never|without)\b", re.IGNORECASE)
_CURRENT = "own rule: names are current"


@dataclass(frozen=True)
class Material:
    """What items are proved by: notes and confusions by id, and the exam; each confusion is a note as well.

    ``rules`` are what notes say about choosing, by the name of what they choose (`app.quiz.rules.name_key`).
    """

    exam: Exam
    notes: dict[str, Note]
    confusions: dict[str, Confusion]
    choices: tuple[ChoiceSet, ...]
    scenes: Scenes
    service_names: re.Pattern[str]
    algorithm_names: re.Pattern[str]
    rules: dict[str, tuple[ChoiceRule, ...]]

    @classmethod
    def of(cls, pack: Pack) -> Material:
        """Return the material of a pack."""
        notes = {note.id: note for note in pack.notes}
        written = [note for note in (confusion_note(entry, notes) for entry in pack.confusions) if note is not None]
        services = [name for service in pack.exam.services() for name in (service, re.sub(r"\s*\(.*?\)", "", service))]
        algorithms = [name for note in pack.notes if note.path.parent.name == "algorithms" for name in _names_of(note)]
        return cls(
            exam=pack.exam,
            notes={**notes, **{note.id: note for note in written}},
            confusions={confusion.id: confusion for confusion in pack.confusions},
            choices=pack.choices,
            scenes=pack.scenes,
            service_names=_service_names(services),
            algorithm_names=_any_of(algorithms),
            rules=_by_name([*pack.notes, *written]),
        )


def _by_name(notes: Sequence[Note]) -> dict[str, tuple[ChoiceRule, ...]]:
    found: dict[str, tuple[ChoiceRule, ...]] = {}
    for note in notes:
        for rule in choice_rules(note):
            key = name_key(rule.choose)
            found[key] = (*found.get(key, ()), rule)
    return found


def proof_flaws(item: Item, material: Material) -> Iterator[Flaw]:
    """Yield what is wrong with the proof of ``item``."""
    if item.objective not in material.exam.objectives():
        yield Flaw("objective", f"Objective {item.objective} is not in the blueprint.", OWN)
    for option in item.options:
        missing = [proof for proof in option.proof if not _found(proof, material)]
        for proof in missing:
            yield Flaw("quote", f"Note {proof.note!r} does not hold the quote {proof.quote[:80]!r}.", OWN)
        if not missing:
            yield from _rationale_flaws(item, option, material)
    for option in item.distractors:
        yield from _distractor_flaws(item, option, material)
    yield from _class_flaws(item, material)
    yield from _old_names(item, material)


def _found(proof: Proof, material: Material) -> bool:
    note = material.notes.get(proof.note)
    return note is not None and quote_span(note.text[note.body_start :], proof.quote) is not None


def _rationale_flaws(item: Item, option: Option, material: Material) -> Iterator[Flaw]:
    """Each sentence of the rationale says what the quotes say, about what the stem and the option name, or computes."""
    source = proof_source(item, option, material)
    ground, quoted = Ground([source], reader=None), set(words(source.text))
    titles = " ".join(material.notes[proof.note].meta.title for proof in option.proof)
    given = " ".join([item.stem, *(other.text for other in item.options), titles, source.text])
    for sentence in split_sentences(option.why):
        if has_working(sentence):
            if (fault := working_fault(sentence, given)) is not None:
                yield Flaw("working", f"The working {sentence[:80]!r} does not hold: {fault}", OWN)
            given = f"{given} {sentence}"
            continue
        check = ground.check(sentence)
        if check.verdict is not Verdict.SUPPORTED:
            yield Flaw(
                "rationale", f"The rationale {sentence[:80]!r} does not follow from its quotes: {check.reason}", OWN
            )
        elif len(set(words(sentence)) & quoted) < 2:
            yield Flaw("rationale", f"The rationale {sentence[:80]!r} says nothing of what its quotes say.", OWN)


def proof_source(item: Item, option: Option, material: Material) -> Source:
    """Return the quotes of an option as a text that may license its rationale; stem and option tell what it is about."""
    said = " ".join(plain_quote(proof, material.notes[proof.note]) for proof in option.proof)
    titles = " ".join(material.notes[proof.note].meta.title for proof in option.proof)
    return Source("proof", said, heading=f"{titles} {item.stem} {option.text}")


def plain_quote(proof: Proof, note: Note) -> str:
    """Return the quote as readable text; a table row's cells come with their column names."""
    span = quote_span(note.text[note.body_start :], proof.quote)
    if span is not None and "|" in proof.quote:
        start, end = span[0] + note.body_start, span[1] + note.body_start
        for unit_start, unit_end, plain in _units(note.text, note.body_start):
            if unit_start < end and start < unit_end:
                return plain.rstrip(".") + "."
    return plain_text(proof.quote).rstrip(".") + "."


@lru_cache(maxsize=512)
def _units(text: str, body_start: int) -> tuple[tuple[int, int, str], ...]:
    return tuple((unit.start, unit.end, unit.plain) for part in sections(text, body_start) for unit in part.units)


def _distractor_flaws(item: Item, option: Option, material: Material) -> Iterator[Flaw]:
    """A lexical check cannot show that a real service is the wrong one; a constraint of the stem that it violates can."""
    if not option.violates.strip():
        yield Flaw("no_violation", f"Distractor {option.text[:60]!r} does not say which constraint it violates.", OWN)
    elif quote_span(item.stem.casefold(), option.violates.casefold()) is None:
        yield Flaw(
            "no_violation", f"The stem does not say {option.violates[:60]!r}, which a distractor is to violate.", OWN
        )
    else:
        yield from _also_right(option, material)
    if option.confusion:
        confusion = material.confusions.get(option.confusion)
        if confusion is None:
            yield Flaw("confusion", f"There is no confusion {option.confusion!r}.", OWN)
        elif len(confusion.sides) < 2:
            yield Flaw("confusion", f"The confusion {option.confusion!r} has one side.", OWN)


def _also_right(option: Option, material: Material) -> Iterator[Flaw]:
    """No rule of the notes chooses a distractor for the very constraint that it is said to violate."""
    if len(set(words(option.violates))) < _ENOUGH_SAID:
        return
    for rule in material.rules.get(name_key(option.text), ()):
        is_denied = bool(_DENIAL.search(option.violates)) != bool(_DENIAL.search(rule.case))
        if not is_denied and share_said(option.violates, rule.case) >= _SAYS_SO:
            yield Flaw(
                "also_right", f"{rule.plain[:120]!r} gives {option.text[:60]!r} for what it should violate.", _ONE_KEY
            )
            return


def _class_flaws(item: Item, material: Material) -> Iterator[Flaw]:
    """The key is neither the only option that names a service or an algorithm nor the only one that names none."""
    for kind, names in (("service", material.service_names), ("algorithm", material.algorithm_names)):
        keys = {bool(names.search(option.text)) for option in item.key}
        others = {bool(names.search(option.text)) for option in item.distractors}
        if len(keys) == 1 and len(others) == 1 and keys != others:
            only = "names" if keys.pop() else "does not name"
            yield Flaw(
                "distractor_class", f"Only the key {only} a {kind}; the distractors are of another class.", _CLASS
            )


def _old_names(item: Item, material: Material) -> Iterator[Flaw]:
    text = " ".join([item.stem, *(option.text for option in item.options)])
    for old, new in material.exam.renamed_services.items():
        if re.search(rf"\b{re.escape(old)}\b", text):
            yield Flaw("old_name", f"{old} is now named {new}.", _CURRENT)


def _names_of(note: Note) -> list[str]:
    bare = re.sub(r"\s*\(.*?\)", "", note.meta.title)
    return [bare, *(alias for alias in note.meta.aliases if re.search(r"[A-Z]", alias))]


_EVERYDAY = frozenset({"Batch", "Config", "Forecast", "Organizations"})
"""Names of services that are words of the language once Amazon or AWS is left out."""


def _service_names(services: list[str]) -> re.Pattern[str]:
    """Return a pattern of whole names in any case, and of bare ones as they are written."""
    bare = {re.sub(r"^(?:Amazon|AWS) ", "", name) for name in services} - _EVERYDAY
    alternatives = [f"(?i:{_any_of(services).pattern})", _any_of(sorted(bare)).pattern]
    return re.compile("|".join(alternatives))


def _any_of(names: list[str]) -> re.Pattern[str]:
    useful = sorted({name for name in names if len(name) > 2}, key=len, reverse=True)
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, useful)) or '(?!)'})\b", re.IGNORECASE)
