"""Item models over the rules of the notes: scenario, key and wrong options by construction, nothing generated.

Two models: *choose one* (one or two needs decide among the members of a choice set) and *two needs* (choose two). The
key is proved by the rule whose need the stem states word for word; a wrong option by the rule that says what it is
for. The set tells which members a need leaves out.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import zip_longest
from typing import TypeVar

from app.quiz.choices import Candidate, Choices, Start, Surplus
from app.quiz.proof import Material
from app.quiz.rules import ChoiceRule
from app.quiz.scenes import Scenery, said
from corpus.item import Difficulty, Item, Level, Option

_T = TypeVar("_T")
_TWO_NEEDS = 0.25
_SECOND_NEED = 0.6
_TRIES = 3
_PARTNERS_TRIED = 4


@dataclass(frozen=True)
class _Run:
    """What one run of items remembers: which scenes were told, and how often each member was key and wrong option."""

    scenery: Scenery
    surplus: Surplus


class Composer:
    """Composes items over the notes of one material."""

    def __init__(self, material: Material) -> None:
        self._material = material
        self._choices = Choices(material)

    def compose(self, objective: str, seed: int, notes: Collection[str] = ()) -> Iterator[Item]:
        """Yield different items for an objective id, the beginning of one such as ``3.2``, or all if it is empty.

        Each objective comes once before any comes twice; the order follows ``seed``. With ``notes`` (ids) only
        their facts are asked about. Items are candidates: each still has to pass the audit.
        """
        rng = random.Random(f"{objective}:{seed}")
        starts: dict[str, list[Start]] = defaultdict(list)
        for start in self._choices.starts:
            note = self._material.notes[start.rule.note]
            fitting = [
                o
                for o in note.meta.objectives
                if _is_within(o, objective) and not any(_is_within(o, out) for out in start.among.outside)
            ]
            if fitting and (not notes or note.id in notes):
                starts[rng.choice(fitting)].append(start)
        turns = [[(found, start) for start in _keys_in_turn(_shuffled(starts[found], rng))] for found in starts]
        run = _Run(Scenery(self._material.scenes), Surplus())
        for turn in zip_longest(*turns):
            for found, start in _shuffled([entry for entry in turn if entry is not None], rng):
                made = (self._from_start(start, found, rng, run) for _ in range(_TRIES))
                item = next((item for item in made if item is not None), None)
                if item is not None:
                    keys, others = ([o.text for o in options] for options in (item.key, item.distractors))
                    run.surplus.add(start.among.id, keys, others)
                    yield item

    def near(self, notes: Collection[str]) -> frozenset[str]:
        """Return the notes whose items may have a topic of ``notes`` among their options."""
        return self._choices.around(frozenset(notes))

    def _from_start(self, start: Start, objective: str, rng: random.Random, run: _Run) -> Item | None:
        if rng.random() < _TWO_NEEDS and (item := self._two_needs(start, objective, rng, run)) is not None:
            return item
        return self._choose_one(start, objective, rng, run)

    def _choose_one(self, start: Start, objective: str, rng: random.Random, run: _Run) -> Item | None:
        rule = start.rule
        wrong = self._choices.wrong_options([start], 3, rng, run.surplus)
        if wrong is None:
            return None
        second = self._choices.second_need(start, rng) if rng.random() < _SECOND_NEED else None
        needs = [rule] if second is None else [rule, second]
        stem = run.scenery.stem(needs, start.among, objective, rng)
        level: Level = "apply" if second is None else "analyse"
        difficulty: Difficulty = "hard" if second else "easy" if rule.instead else "medium"
        options = [_right(start.key, needs), *(_wrong(candidate, rule) for candidate in wrong)]
        return self._item(objective, stem, options, level, difficulty)

    def _two_needs(self, start: Start, objective: str, rng: random.Random, run: _Run) -> Item | None:
        for other in _shuffled(self._choices.partners(start), rng)[:_PARTNERS_TRIED]:
            wrong = self._choices.wrong_options([start, other], 3, rng, run.surplus)
            if wrong is not None:
                options = [
                    _right(start.key, [start.rule]),
                    _right(other.key, [other.rule]),
                    *(_wrong(candidate, start.rule) for candidate in wrong),
                ]
                stem = run.scenery.two_needs_stem(start.rule, other.rule, start.among, objective, rng)
                return self._item(objective, stem, options, "analyse", "medium")
        return None

    def _item(self, objective: str, stem: str, options: Sequence[Option], level: Level, difficulty: Difficulty) -> Item:
        keys = [option for option in options if option.correct]
        note = self._material.notes[keys[0].proof[0].note]
        return Item(
            type="multiple_choice" if len(keys) == 1 else "multiple_response",
            stem=stem,
            options=tuple(options),
            objective=objective,
            services=note.meta.services,
            level=level,
            difficulty=difficulty,
            as_of=self._oldest(options),
            author="composed",
        )

    def _oldest(self, options: Sequence[Option]) -> date:
        return min(self._material.notes[proof.note].meta.as_of for option in options for proof in option.proof)


def _is_within(objective: str, scope: str) -> bool:
    """Return whether an objective is ``scope`` or one of those that begin with it; "" holds all."""
    return not scope or f"{objective}.".startswith(f"{scope}.")


def _keys_in_turn(starts: Sequence[Start]) -> list[Start]:
    """Return the starts such that each member of a set is the key once before any is it twice."""
    turns: Counter[tuple[str, str]] = Counter()
    ranked = []
    for start in starts:
        turns[start.among.id, start.key] += 1
        ranked.append((turns[start.among.id, start.key], start))
    return [start for _, start in sorted(ranked, key=lambda entry: entry[0])]


def _right(name: str, rules: Sequence[ChoiceRule]) -> Option:
    return Option(
        text=_shown(name),
        correct=True,
        why=" ".join(_sentence(rule.plain) for rule in rules),
        proof=tuple(rule.proof for rule in rules),
    )


def _wrong(candidate: Candidate, key: ChoiceRule) -> Option:
    return Option(
        text=_shown(candidate.name),
        why=_sentence(candidate.rule.plain),
        proof=(candidate.rule.proof,),
        violates=said(key),
        confusion=candidate.confusion,
    )


def _sentence(text: str) -> str:
    return text.rstrip(".") + "."


def _shown(name: str) -> str:
    """Return a name with a capital, unless it is written small in every place, like t-SNE or gp3."""
    return name if name[1:2] == "-" or name[-1:].isdigit() else name[:1].upper() + name[1:]


def _shuffled(things: Sequence[_T], rng: random.Random) -> list[_T]:
    return rng.sample(list(things), len(things))
