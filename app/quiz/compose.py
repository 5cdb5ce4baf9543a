"""Item models over the rules of the notes: scenario, key and distractors by construction, nothing generated.

Three models: *choose between* (one or two needs decide among near neighbours), *two needs* (choose two), and *table*
(the row that fits). The key of each is proved by the rule whose need the stem states word for word; each distractor
by the rule that says what it is for, and no rule of the notes gives it for the need in the stem.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import date
from itertools import zip_longest
from typing import TypeVar

from app.quiz import scenes
from app.quiz.neighbours import Candidate, Neighbours, balanced, name_key, overlap, unlike
from app.quiz.proof import Material
from app.quiz.rules import ChoiceRule, lower_first
from corpus.item import Difficulty, Item, Level, Option
from corpus.note import Note
from ingest.words import words

_T = TypeVar("_T")
_TWO_NEEDS = 0.35
_LONGEST_TOPIC = 5
_TRIES = 3
_ENOUGH_SAID = 4
_SECOND_NEED = 0.6


class Composer:
    """Composes items over the notes of one material."""

    def __init__(self, material: Material) -> None:
        self._material = material
        self._neighbours = Neighbours(material)

    def compose(self, objective: str, seed: int, notes: Collection[str] = ()) -> Iterator[Item]:
        """Yield different items for an objective id, the beginning of one such as ``3.2``, or all if it is empty.

        Each objective comes once before any comes twice; the order follows ``seed``. With ``notes`` (ids) only
        their facts are asked about. Items are candidates: each still has to pass the audit.
        """
        rng = random.Random(f"{objective}:{seed}")
        starts: dict[str, list[tuple[Note, ChoiceRule]]] = defaultdict(list)
        for note_id, rules in self._neighbours.by_note.items():
            note = self._material.notes[note_id]
            fitting = [o for o in note.meta.objectives if not objective or f"{o}.".startswith(f"{objective}.")]
            if fitting and (not notes or note.id in notes):
                starts[rng.choice(fitting)] += [(note, rule) for rule in rules]
        turns = [_shuffled([(found, *start) for start in starts[found]], rng) for found in starts]
        for turn in zip_longest(*turns):
            for found, note, rule in _shuffled([start for start in turn if start is not None], rng):
                made = (self._from_rule(note, found, rule, rng) for _ in range(_TRIES))
                item = next((item for item in made if item is not None), None)
                if item is not None:
                    yield item

    def near(self, notes: Collection[str]) -> frozenset[str]:
        """Return the notes whose items may have a topic of ``notes`` among their options."""
        return frozenset(other for note in notes for other in self._neighbours.near(note))

    def _from_rule(self, note: Note, objective: str, rule: ChoiceRule, rng: random.Random) -> Item | None:
        if rule.group:
            return self._table(note, objective, rule, rng)
        if rng.random() < _TWO_NEEDS and (item := self._two_needs(note, objective, rule, rng)) is not None:
            return item
        return self._choose_between(note, objective, rule, rng)

    def _choose_between(self, note: Note, objective: str, rule: ChoiceRule, rng: random.Random) -> Item | None:
        second = self._second_need(rule, rng)
        needs = [rule] if second is None else [rule, second]
        # A short name stands out among long ones; written out it does not.
        for shown in (rule.choose, self._material.long_names.get(rule.choose, "")):
            wrong = self._neighbours.wrong_options(note, [rule], needs, 3, rng, shown) if shown else None
            if wrong is not None:
                break
        else:
            return None
        level: Level = "apply" if second is None else "analyse"
        difficulty: Difficulty = "hard" if second else "easy" if rule.instead else "medium"
        kind = self._neighbours.kind(rule.choose)
        topic = self._topic(note, [rule.choose, rule.instead, *(candidate.name for candidate in wrong)])
        if not (kind or topic) and rule.link == "for" and len(set(words(rule.need))) < _ENOUGH_SAID:
            return None  # "what to use for large data sets": nobody could tell what kind of thing is asked for
        stem = scenes.stem(needs, kind, topic, objective, rng)
        options = [_right(shown, needs), *(_wrong(candidate, rule) for candidate in wrong)]
        return self._item(note, objective, stem, options, level, difficulty)

    def _two_needs(self, note: Note, objective: str, rule: ChoiceRule, rng: random.Random) -> Item | None:
        others = [
            other
            for other in self._neighbours.by_note[note.id]
            if not other.group
            and not overlap(other.choose, rule.choose)
            and unlike(other.need, rule.need)
            and self._neighbours.kind(other.choose) == self._neighbours.kind(rule.choose)
        ]
        for other in _shuffled(others, rng)[:4]:
            wrong = self._neighbours.wrong_options(note, [rule, other], [rule, other], 3, rng)
            if wrong is not None:
                stem = scenes.two_needs_stem(rule, other, self._neighbours.kind(rule.choose), objective, rng)
                options = [
                    _right(rule.choose, [rule]),
                    _right(other.choose, [other]),
                    *(_wrong(candidate, rule) for candidate in wrong),
                ]
                return self._item(note, objective, stem, options, "analyse", "medium")
        return None

    def _table(self, note: Note, objective: str, rule: ChoiceRule, rng: random.Random) -> Item | None:
        rows = [row for row in self._neighbours.by_note[note.id] if row.group == rule.group]
        names = [name_key(row.choose) for row in rows]
        others = [
            Candidate(row.choose, row)
            for row in rows
            if names.count(name_key(row.choose)) == 1
            and not overlap(row.choose, rule.choose)
            and unlike(row.need, rule.need)
        ]
        wrong = balanced([rule.choose], others, 3, rng) if names.count(name_key(rule.choose)) == 1 else None
        if wrong is None:
            return None
        stem = scenes.table_stem(rule, objective, rng)
        options = [_right(rule.choose, [rule]), *(_wrong(candidate, rule) for candidate in wrong)]
        level: Level = "apply" if rule.link == "when" else "recall"
        return self._item(note, objective, stem, options, level, "medium")

    def _second_need(self, rule: ChoiceRule, rng: random.Random) -> ChoiceRule | None:
        """Return another rule that chooses the same thing, so that two facts together decide; not always."""
        more = [
            other
            for other in self._neighbours.of_name[name_key(rule.choose)]
            if not other.group and other.note == rule.note and unlike(other.need, rule.need)
        ]
        return rng.choice(more) if more and rng.random() < _SECOND_NEED else None

    def _topic(self, note: Note, names: Sequence[str]) -> str:
        """Return what a note is about, as a question may name it; "" if that would tell or exclude an option."""
        title = re.sub(r"^Choosing |\s*\(.*?\)", "", note.meta.title)
        said = set(words(title))
        tells = any(said & set(words(name)) for name in names) or self._neighbours.kind(title)
        return "" if tells or len(title.split()) > _LONGEST_TOPIC or " or " in title else lower_first(title)

    def _item(
        self, note: Note, objective: str, stem: str, options: Sequence[Option], level: Level, difficulty: Difficulty
    ) -> Item:
        keys = sum(option.correct for option in options)
        return Item(
            type="multiple_choice" if keys == 1 else "multiple_response",
            stem=stem,
            options=tuple(options),
            objective=objective,
            services=note.meta.services,
            level=level,
            difficulty=difficulty,
            as_of=_oldest(self._material, options),
            author="composed",
        )


def _right(name: str, rules: Sequence[ChoiceRule]) -> Option:
    return Option(
        text=_shown(name, rules[0]),
        correct=True,
        why=" ".join(_sentence(rule.plain) for rule in rules),
        proof=tuple(rule.proof for rule in rules),
    )


def _wrong(candidate: Candidate, key: ChoiceRule) -> Option:
    """The rule of the key proves a distractor that it names; else the distractor's own rule says what it is for."""
    rule = key if name_key(candidate.name) == name_key(key.instead) else candidate.rule
    return Option(
        text=_shown(candidate.name, candidate.rule),
        why=_sentence(rule.plain),
        proof=(rule.proof,),
        violates=key.need,
        confusion=candidate.confusion,
    )


def _sentence(text: str) -> str:
    return text.rstrip(".") + "."


def _shown(name: str, rule: ChoiceRule) -> str:
    """Return a name with a capital, unless a table holds it (names of parameters) or it is like t-SNE or gp3."""
    is_code = name[1:2] == "-" or re.match(r"[a-z]+\d", name) is not None
    return name if rule.group or is_code else name[:1].upper() + name[1:]


def _shuffled(things: Sequence[_T], rng: random.Random) -> list[_T]:
    return rng.sample(list(things), len(things))


def _oldest(material: Material, options: Sequence[Option]) -> date:
    return min(material.notes[proof.note].meta.as_of for option in options for proof in option.proof)
