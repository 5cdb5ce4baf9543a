"""Item models over the rules of the notes: scenario, key and distractors by construction, nothing generated.

Three models: *choose between* (one need decides among near neighbours), *two needs* (choose two), and *table*
(the row that fits). The key of each is proved by the rule whose need the stem states word for word; each distractor
by the rule that says what it is for, and no rule of the notes gives it for the need in the stem.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import zip_longest
from statistics import mean
from typing import TypeVar

from app.quiz import scenes
from app.quiz.flaws import MAX_LENGTH_RATIO, MIN_LENGTH_RATIO
from app.quiz.proof import Material
from app.quiz.rules import ChoiceRule, choice_rules
from corpus.item import Difficulty, Item, Level, Option
from corpus.note import Note
from ingest.words import words

_T = TypeVar("_T")
_SAME_NEED = 0.34
_MAX_LENGTH_SHARE = 2.2
_ENOUGH = 10
_TRIES = 10


@dataclass(frozen=True)
class _Candidate:
    """A wrong option: its name, the rule that proves it, and the confusion that says so, if one does."""

    name: str
    rule: ChoiceRule
    confusion: str = ""


class Composer:
    """Composes items over the notes of one material."""

    def __init__(self, material: Material) -> None:
        self._material = material
        self._by_note = {note.id: choice_rules(note) for note in material.notes.values()}
        self._of_name: dict[str, list[ChoiceRule]] = defaultdict(list)
        for rules in self._by_note.values():
            for rule in rules:
                self._of_name[_key(rule.choose)].append(rule)
        self._confused: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for confusion in material.confusions.values():
            for side in confusion.sides:
                for other in confusion.sides:
                    if other is not side:
                        self._confused[_key(side.name)].append((other.name, confusion.id))

    def compose(self, objective: str, seed: int, notes: Collection[str] = ()) -> Iterator[Item]:
        """Yield different items for an objective id, the beginning of one such as ``3.2``, or all if it is empty.

        Each objective comes once before any comes twice; the order follows ``seed``. With ``notes`` (ids) only
        their facts are asked about. Items are candidates: each still has to pass the audit.
        """
        rng = random.Random(f"{objective}:{seed}")
        starts: dict[str, list[tuple[Note, ChoiceRule]]] = defaultdict(list)
        for note in self._material.notes.values():
            fitting = [o for o in note.meta.objectives if not objective or f"{o}.".startswith(f"{objective}.")]
            if fitting and (not notes or note.id in notes):
                starts[rng.choice(fitting)] += [(note, rule) for rule in self._by_note[note.id]]
        turns = [_shuffled([(found, *start) for start in starts[found]], rng) for found in starts]
        for turn in zip_longest(*turns):
            for found, note, rule in _shuffled([start for start in turn if start is not None], rng):
                item = self._from_rule(note, found, rule, rng)
                if item is not None:
                    yield item

    def _from_rule(self, note: Note, objective: str, rule: ChoiceRule, rng: random.Random) -> Item | None:
        if rule.group:
            return self._table(note, objective, rule, rng)
        if rng.random() < 0.2 and (item := self._two_needs(note, objective, rule, rng)) is not None:
            return item
        return self._choose_between(note, objective, rule, rng)

    def _choose_between(self, note: Note, objective: str, rule: ChoiceRule, rng: random.Random) -> Item | None:
        second = self._second_need(rule, rng)
        needs = [rule] if second is None else [rule, second]
        wrong = self._wrong_options(note, [rule], needs, 3, rng)
        if wrong is None:
            return None
        level: Level = "apply" if second is None else "analyse"
        difficulty: Difficulty = "hard" if second else "easy" if rule.instead else "medium"
        stem = scenes.stem(needs, self._kind([rule.choose, *(w.name for w in wrong)]), objective, rng)
        options = [_right(rule.choose, needs), *(_wrong(candidate, rule) for candidate in wrong)]
        return self._item(note, objective, stem, options, level, difficulty)

    def _two_needs(self, note: Note, objective: str, rule: ChoiceRule, rng: random.Random) -> Item | None:
        others = [
            other
            for other in self._by_note[note.id]
            if not other.group and not _overlap(other.choose, rule.choose) and _unlike(other.need, rule.need)
        ]
        rng.shuffle(others)
        for other in others[:4]:
            wrong = self._wrong_options(note, [rule, other], [rule, other], 3, rng)
            if wrong is not None:
                names = [rule.choose, other.choose, *(candidate.name for candidate in wrong)]
                stem = scenes.two_needs_stem(rule, other, self._kind(names), objective, rng)
                options = [
                    _right(rule.choose, [rule]),
                    _right(other.choose, [other]),
                    *(_wrong(candidate, rule) for candidate in wrong),
                ]
                return self._item(note, objective, stem, options, "analyse", "medium")
        return None

    def _table(self, note: Note, objective: str, rule: ChoiceRule, rng: random.Random) -> Item | None:
        rows = [row for row in self._by_note[note.id] if row.group == rule.group]
        names = [_key(row.choose) for row in rows]
        others = [
            _Candidate(row.choose, row)
            for row in rows
            if names.count(_key(row.choose)) == 1
            and not _overlap(row.choose, rule.choose)
            and _unlike(row.need, rule.need)
        ]
        wrong = _balanced([rule.choose], others, 3, rng) if names.count(_key(rule.choose)) == 1 else None
        if wrong is None:
            return None
        stem = scenes.table_stem(rule, objective, rng)
        options = [_right(rule.choose, [rule]), *(_wrong(candidate, rule) for candidate in wrong)]
        return self._item(note, objective, stem, options, "apply", "medium")

    def _second_need(self, rule: ChoiceRule, rng: random.Random) -> ChoiceRule | None:
        """Return another rule that chooses the same thing, so that two facts together decide; not always."""
        more = [
            other
            for other in self._of_name[_key(rule.choose)]
            if not other.group and other.note == rule.note and _unlike(other.need, rule.need)
        ]
        return rng.choice(more) if more and rng.random() < 0.6 else None

    def _wrong_options(
        self, note: Note, keys: Sequence[ChoiceRule], needs: Sequence[ChoiceRule], count: int, rng: random.Random
    ) -> list[_Candidate] | None:
        """Return ``count`` neighbours of the keys that no rule gives for a need in the stem; what the key is
        chosen instead of comes first."""
        is_named = bool(self._names(keys[0].choose))
        fitting: list[_Candidate] = []
        for candidate in self._neighbours(note, keys, rng):
            taken = [*(rule.choose for rule in keys), *(other.name for other in fitting)]
            if (
                not any(_overlap(candidate.name, name) for name in taken)
                and bool(self._names(candidate.name)) == is_named
                and all(self._is_wrong_for(candidate, need) for need in needs)
            ):
                fitting.append(candidate)
            if len(fitting) >= _ENOUGH:
                break
        return _balanced([rule.choose for rule in keys], fitting, count, rng)

    def _neighbours(self, note: Note, keys: Sequence[ChoiceRule], rng: random.Random) -> Iterator[_Candidate]:
        """Yield what may stand beside the keys, the nearest first: what a key is taken instead of, what the note
        also weighs, what is confused with a key, the topics of related notes, those of the same objective."""
        own = [rule for rule in self._by_note[note.id] if not rule.group]
        for key in keys:
            if key.instead:
                yield _Candidate(key.instead, key)
        near = [_Candidate(rule.choose, rule) for rule in own]
        near += [_Candidate(rule.instead, rule) for rule in own if rule.instead]
        yield from _shuffled(near, rng)
        for key in keys:
            for name, confusion in self._confused[_key(key.choose)]:
                yield from (_Candidate(r.choose, r, confusion) for r in self._of_name[_key(name)][:1] if not r.group)
        same_aim = [
            other.id
            for other in self._material.notes.values()
            if set(other.meta.objectives) & set(note.meta.objectives)
        ]
        for related in (note.meta.see_also, same_aim):
            topics = [
                _Candidate(rule.choose, rule)
                for other in related
                for rule in self._by_note.get(other, ())
                if not rule.group and _key(rule.choose) == _key(self._material.notes[other].meta.title)
            ]
            yield from _shuffled(topics, rng)

    def _is_wrong_for(self, candidate: _Candidate, need: ChoiceRule) -> bool:
        if _key(candidate.name) == _key(need.instead):
            return True
        return all(_unlike(rule.need, need.need) for rule in self._of_name[_key(candidate.name)])

    def _names(self, text: str) -> str:
        if self._material.algorithm_names.search(text):
            return "algorithm"
        return "service" if self._material.service_names.search(text) else ""

    def _kind(self, names: Sequence[str]) -> str:
        kinds = {self._names(name) for name in names}
        return kinds.pop() if len(kinds) == 1 else ""

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


def _wrong(candidate: _Candidate, key: ChoiceRule) -> Option:
    """The rule of the key proves a distractor that it names; else the distractor's own rule says what it is for."""
    rule = key if _key(candidate.name) == _key(key.instead) else candidate.rule
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
    """Return a name with a capital, unless a table holds it: those may be names of parameters."""
    return name if rule.group else name[:1].upper() + name[1:]


def _key(name: str) -> str:
    return " ".join(words(name))


def _overlap(first: str, second: str) -> bool:
    """Return whether one name says all that the other says: options would not exclude each other."""
    a, b = set(words(first)), set(words(second))
    return not a or not b or a <= b or b <= a


def _unlike(first: str, second: str) -> bool:
    a, b = set(words(first)), set(words(second))
    return len(a & b) < _SAME_NEED * max(1, min(len(a), len(b)))


def _balanced(
    keys: Sequence[str], fitting: Sequence[_Candidate], count: int, rng: random.Random
) -> list[_Candidate] | None:
    """Return ``count`` of the candidates, near ones preferred, among which no length gives the key away."""
    if len(fitting) < count:
        return None
    key_length, longest_key = mean(map(len, keys)), max(map(len, keys))
    shorter = [candidate for candidate in fitting if len(candidate.name) < longest_key]
    # Among all candidates the key is rarely the longest, for lack of shorter ones; that would tell it, too.
    pools = [shorter, fitting] if len(shorter) >= count else [fitting]
    for pool in pools:
        for near in range(count, min(len(pool), _ENOUGH) + 1):
            for _ in range(_TRIES):
                chosen = rng.sample(list(pool[:near]), count)
                lengths = [len(candidate.name) for candidate in chosen]
                ratio = key_length / mean(lengths)
                if MIN_LENGTH_RATIO < ratio < MAX_LENGTH_RATIO and max(lengths) <= _MAX_LENGTH_SHARE * mean(lengths):
                    return chosen
    return None


def _shuffled(things: Sequence[_T], rng: random.Random) -> list[_T]:
    return rng.sample(list(things), len(things))


def _oldest(material: Material, options: Sequence[Option]) -> date:
    return min(material.notes[proof.note].meta.as_of for option in options for proof in option.proof)
