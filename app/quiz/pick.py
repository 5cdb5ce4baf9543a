"""Which items make a quiz: from the bank first, composed for the rest; what was seen lately comes last."""

from __future__ import annotations

import random
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from app.quiz.bank import Embed
from app.quiz.compose import Composer
from app.quiz.proof import Material
from app.quiz.writer import keep_sound
from corpus.confusion_note import confusion_note_id
from corpus.exam import Exam
from corpus.item import Item


@dataclass(frozen=True)
class Scope:
    """What a quiz is about; an empty scope is the whole exam.

    ``objective`` is an id or the beginning of one (``3``, ``3.2``); ``service`` a name as in the blueprint; ``notes``
    ids of notes whose facts are tested; ``confusions`` asks for items whose distractors are commonly mixed up;
    ``among`` for notes of which any option says something; ``naming`` for notes whose topic the words of an item name; ``pairs`` (of option texts) for items that set the two of a pair against each other, and then for others in scope.
    """

    objective: str = ""
    service: str = ""
    notes: frozenset[str] = field(default_factory=frozenset)
    confusions: bool = False
    pairs: frozenset[frozenset[str]] = field(default_factory=frozenset)
    among: frozenset[str] = field(default_factory=frozenset)
    naming: frozenset[str] = field(default_factory=frozenset)

    def holds(self, item: Item, material: Material) -> bool:
        """Return whether an item is within."""
        if self.naming and not _names_topic(item, self.naming, material):
            return False
        if self.objective and not f"{item.objective}.".startswith(f"{self.objective}."):
            return False
        if self.service and not _is_about(self.service, item):
            return False
        if self.notes and not self.notes & {proof.note for option in item.key for proof in option.proof}:
            return False
        if self.among and not self.among & {proof.note for option in item.options for proof in option.proof}:
            return False
        if self.pairs and not any(pair <= {option.text.casefold() for option in item.options} for pair in self.pairs):
            return False
        return not self.confusions or any(option.confusion for option in item.options)


def _names_topic(item: Item, notes: Collection[str], material: Material) -> bool:
    said = " ".join([item.stem, *(option.text for option in item.options)])
    names = {name for note in notes for name in (material.notes[note].meta.title, *material.notes[note].meta.aliases)}
    return re.search(rf"\b(?:{'|'.join(re.escape(name) for name in sorted(names))})\b", said, re.IGNORECASE) is not None


def nearest_with_items(
    notes: Collection[str], *, bank: Sequence[Item], material: Material, composer: Composer
) -> str | None:
    """Return the id of the note most like one of ``notes`` of which there are questions, or None."""
    from app.quiz.alike import Alike

    alike = Alike(material)
    near = [
        note for found in notes for note in alike.to(found) if note not in notes and note not in material.confusions
    ]
    for note in near:
        if pick(Scope(notes=frozenset({note})), 1, 1, bank=bank, material=material, composer=composer):
            return note
    return None


def _is_about(service: str, item: Item) -> bool:
    """Return whether an item's notes are on a service and its words name it."""
    bare = re.sub(r"^(?:Amazon|AWS) |\s*\(.*?\)", "", service).casefold()
    said = " ".join([item.stem, *(option.text for option in item.options)]).casefold()
    return service in item.services and bare in said


def pick(
    scope: Scope,
    count: int,
    seed: int,
    *,
    bank: Sequence[Item],
    material: Material,
    composer: Composer,
    seen: Sequence[Item] = (),
    barred: Collection[str] = (),
    embed: Embed | None = None,
) -> tuple[Item, ...]:
    """Return up to ``count`` items in ``scope``: unseen ones of the bank, composed
    ones that pass the audit, then seen ones again. Items reserved for mock exams are not used.
    Over the whole exam the domains have their weights; there and over a domain the bank, which has items for few
    objectives only, gives at most half.
    """  # fmt: skip
    rng = random.Random(seed)
    if scope == Scope():
        return _over_the_exam(
            count, seed, bank=bank, material=material, composer=composer, seen=seen, barred=barred, embed=embed
        )
    scope = _with_confusions(scope, material)
    seen_ids = {item.id for item in seen}
    usable = [item for item in bank if item.form is None and item.id not in barred and scope.holds(item, material)]
    fresh = [item for item in usable if item.id not in seen_ids]
    rng.shuffle(fresh)
    is_domain = bool(scope.objective) and "." not in scope.objective
    chosen = _spread(fresh)[: max(1, count // 2) if is_domain else count]
    if len(chosen) < count:
        composed = (
            item
            for item in composer.compose(scope.objective, seed, scope.notes or composer.near(scope.among))
            if item.id not in barred and scope.holds(item, material)
        )
        chosen += keep_sound(composed, count - len(chosen), material, embed, [*seen, *chosen]).items
    chosen += [item for item in _spread(fresh) if item not in chosen][: count - len(chosen)]
    again = [item for item in seen if item.id not in barred and scope.holds(item, material) and item.form is None]
    rng.shuffle(again)
    chosen += again[: count - len(chosen)]
    rng.shuffle(chosen)
    wider = _wider(scope, material)
    if wider is not None and len(chosen) < count:
        chosen += pick(
            wider, count - len(chosen), seed + 1, bank=bank, material=material, composer=composer, seen=[*seen, *chosen],
            barred={*barred, *(item.id for item in chosen)}, embed=embed,
        )  # fmt: skip
    return tuple(chosen)


def _over_the_exam(
    count: int, seed: int, *, material: Material, seen: Sequence[Item], barred: Collection[str], **more: Any
) -> tuple[Item, ...]:
    """Return items of all domains by weight; what one domain lacks the others make up for."""
    mixed: list[Item] = []
    shares = _by_weight(material.exam, count)
    for domain, share in [*shares.items(), *((domain, count) for domain in shares)]:
        mixed += pick(
            Scope(objective=domain), min(share, count - len(mixed)), seed + len(mixed), material=material,
            seen=[*seen, *mixed], barred={*barred, *(item.id for item in mixed)}, **more,
        )  # fmt: skip
        if len(mixed) == count:
            break
    return tuple(random.Random(seed).sample(mixed, len(mixed)))


def _by_weight(exam: Exam, count: int) -> dict[str, int]:
    """Return how many of ``count`` items fall to each domain by its weight; the largest remainders are rounded up."""
    exact = {domain.id: count * domain.weight_pct / 100 for domain in exam.domains}
    shares = {domain: int(share) for domain, share in exact.items()}
    by_rest = sorted(exact, key=lambda domain: shares[domain] - exact[domain])
    for domain in by_rest[: count - sum(shares.values())]:
        shares[domain] += 1
    return shares


def _wider(scope: Scope, material: Material) -> Scope | None:
    """Return the scope from which a quiz is filled up if there are too few items: its topics as wrong options, then
    items that name them."""
    if scope.pairs:
        return replace(scope, pairs=frozenset())
    if scope.notes:
        return replace(scope, notes=frozenset(), among=scope.notes)
    if scope.among:
        written = frozenset(
            note for note in scope.among if note in material.notes and material.notes[note].meta.objectives
        )
        return replace(scope, among=frozenset(), naming=written) if written else None
    return None


def _with_confusions(scope: Scope, material: Material) -> Scope:
    """Return a scope on notes with the confusions that these notes are a side of."""
    if not scope.notes:
        return scope
    sides = {
        confusion_note_id(confusion)
        for confusion in material.confusions.values()
        if scope.notes & {side.note for side in confusion.sides}
    }
    return replace(scope, notes=scope.notes | sides)


def _spread(items: Iterable[Item]) -> list[Item]:
    """Return the items such that each objective comes once before any comes twice."""
    turns: dict[str, int] = {}
    ranked = []
    for position, item in enumerate(items):
        turns[item.objective] = turns.get(item.objective, 0) + 1
        ranked.append((turns[item.objective], position, item))
    return [item for _, _, item in sorted(ranked, key=lambda entry: entry[:2])]
