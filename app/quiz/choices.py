"""The choices a composed item offers: members of one set, the key by a rule, the others because they miss its need."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import mean
from typing import TypeVar

from app.quiz.flaws import MAX_LENGTH_RATIO, least_length_ratio, stands_out
from app.quiz.proof import Material
from app.quiz.rules import ChoiceRule, name_key
from corpus.pack import ChoiceSet
from ingest.words import words

_T = TypeVar("_T")
_SAME_NEED = 0.34
"""Share of the shorter need's words from which two needs of one thing say nearly the same."""

_MET_BY_OTHER = 0.7
"""The same for needs of two members of a set, from which the one may well be right where the other is asked for."""
_MOST_WEIGHED = 10
"""Of how many candidates every choice of three is weighed before all are: the choices grow with the cube."""

_ENOUGH_NAMED = 2
_ALL_PASS = 0.8
"""Evenness of options none of which stands out."""
_NEVER = 9
"""Surplus of a member that is never the key: it is taken where nothing else is left."""


@dataclass(frozen=True)
class Candidate:
    """A wrong option: its name, the rule that proves it, and the confusion that sets it against the key, if one does.

    ``is_named``: a confusion or a rule of either side names it beside the key; ``is_rejected``: the rule of the key does.
    """

    name: str
    rule: ChoiceRule
    confusion: str = ""
    is_named: bool = False
    is_rejected: bool = False


@dataclass(frozen=True)
class Start:
    """What an item is built on: a rule, the set and the member (by its shown name) that the rule chooses."""

    rule: ChoiceRule
    among: ChoiceSet
    key: str


class Surplus:
    """How much more often each member of a set was a wrong option than chance would have it.

    A name that is shown more often than it is the key, or less, tells the key to somebody who knows many items.
    """

    def __init__(self) -> None:
        self._of: Counter[tuple[str, str]] = Counter()

    def of(self, among: str, member: str) -> int:
        """Return the times as a wrong option less the times that its share as the key allows."""
        return self._of[among, member.casefold()]

    def add(self, among: str, keys: Sequence[str], others: Sequence[str]) -> None:
        """Count an item."""
        for member in others:
            self._of[among, member.casefold()] += len(keys)
        for member in keys:
            self._of[among, member.casefold()] -= len(others)


class Choices:
    """The choice sets of a material, with the rules of their members."""

    def __init__(self, material: Material) -> None:
        self._of_name = material.rules
        self._members = {
            among.id: {shown: self._rules(names) for shown, names in among.names().items()}
            for among in material.choices
        }
        self._keys = {
            among.id: {shown: frozenset(map(name_key, names)) for shown, names in among.names().items()}
            for among in material.choices
        }
        self._confusions = [
            (confusion.id, frozenset(name_key(side.name) for side in confusion.sides))
            for confusion in material.confusions.values()
        ]
        self.starts = [
            Start(rule, among, shown)
            for among in material.choices
            for shown, rules in self._members[among.id].items()
            for rule in rules
            if rule.asks
            and (not among.keys or shown in among.keys)
            and not any(part in rule.case for part in among.open)
        ]

        self._asked: dict[str, Counter[str]] = defaultdict(Counter)
        for start in self.starts:
            self._asked[start.among.id][start.key] += 1

    def wrong_options(
        self, starts: Sequence[Start], count: int, rng: random.Random, surplus: Surplus | None = None
    ) -> list[Candidate] | None:
        """Return ``count`` other members of the set of ``starts`` that meet none of their needs, or None.

        Those come first that were, by ``surplus``, rather the key than a wrong option so far.
        """
        among = starts[0].among
        barred = {member for start in starts for member in (start.key, *self.meeting(start))}
        found = [
            self._candidate(member, rules, starts[0], rng)
            for member, rules in self._members[among.id].items()
            if rules and member not in barred and all(self._misses(member, rules, start) for start in starts)
        ]
        surplus = surplus or Surplus()
        asked = self._asked[among.id]
        usual = sum(asked.values()) / len(asked)
        often = {c.name: surplus.of(among.id, c.name) + _NEVER * (1 - min(1, asked[c.name] / usual)) for c in found}
        mixed = sorted(rng.sample(found, len(found)), key=lambda c: (not c.is_rejected, not c.is_named, often[c.name]))
        keys = [start.key for start in starts]
        few = balanced(keys, mixed[:_MOST_WEIGHED], count, rng, often)
        return few if few is not None else balanced(keys, mixed, count, rng, often)

    def meeting(self, start: Start) -> set[str]:
        """Return the other members that meet the need of ``start`` as well."""
        also = start.among.also
        return {member for part, members in also.items() if part in start.rule.case for member in members}

    def second_need(self, start: Start, rng: random.Random) -> ChoiceRule | None:
        """Return another rule of the same note that chooses the same member, or None."""
        more = [
            other.rule
            for other in self.starts
            if other.among is start.among
            and other.key == start.key
            and other.rule.note == start.rule.note
            and not (other.rule.group or start.rule.group)
            and unlike(other.rule.need, start.rule.need)
        ]
        return rng.choice(more) if more else None

    def partners(self, start: Start) -> list[Start]:
        """Return starts of other members of the set, such that neither need is met by the other key."""
        return [
            other
            for other in self.starts
            if other.among is start.among
            and other.key != start.key
            and start.key not in self.meeting(other)
            and other.key not in self.meeting(start)
            and unlike(other.rule.need, start.rule.need)
        ]

    def around(self, notes: frozenset[str]) -> frozenset[str]:
        """Return the notes whose items may have among their options what one of ``notes`` tells of."""
        found = set(notes)
        for members in self._members.values():
            together = {rule.note for rules in members.values() for rule in rules}
            if together & notes:
                found |= together
        return frozenset(found)

    def _rules(self, names: Sequence[str]) -> list[ChoiceRule]:
        return [rule for name in dict.fromkeys(map(name_key, names)) for rule in self._of_name.get(name, ())]

    def _misses(self, member: str, rules: Sequence[ChoiceRule], start: Start) -> bool:
        """Return whether no rule of a member gives it for nearly the same need; what the key is taken instead of does."""
        if name_key(start.rule.instead) in self._keys[start.among.id][member]:
            return True
        return all(unlike(rule.need, start.rule.need, _MET_BY_OTHER) for rule in rules)

    def _candidate(self, member: str, rules: Sequence[ChoiceRule], start: Start, rng: random.Random) -> Candidate:
        """Return a member as a wrong option. The rule of the key proves it where that names it; else its own does."""
        names = self._keys[start.among.id]
        sides = (names[member], names[start.key])
        confusion = next((id_ for id_, said in self._confusions if all(side & said for side in sides)), "")
        if name_key(start.rule.instead) in names[member]:
            return Candidate(member, start.rule, confusion, is_named=True, is_rejected=True)
        against = [rule for rule in rules if name_key(rule.instead) in names[start.key]]
        close = [rule for rule in rules if rule.note == start.rule.note]
        return Candidate(member, rng.choice(against or close or list(rules)), confusion, bool(confusion or against))


def unlike(first: str, second: str, share: float = _SAME_NEED) -> bool:
    """Return whether two needs have less than that share of the shorter one's words in common."""
    a, b = set(words(first)), set(words(second))
    return len(a & b) < share * max(1, min(len(a), len(b)))


def balanced(
    keys: Sequence[str], fitting: Sequence[Candidate], count: int, rng: random.Random, often: Mapping[str, float]
) -> list[Candidate] | None:
    """Return ``count`` of the candidates, among which neither length nor shared words tell the key.

    How many are longer than the key is drawn first, so that over many items the key is as often the longest and the
    shortest option as by chance. Among the sets that the audit allows, one is taken that has two candidates which
    learners confuse with the key, if there are such, and otherwise those that were wrong options the least ``often``.
    """
    longest_key = max(map(len, keys))
    allowed = [
        (chosen, evenness)
        for chosen in combinations(fitting, count)
        if (evenness := _evenness(keys, [candidate.name for candidate in chosen])) > 0
    ]
    if any(candidate.is_rejected for candidate in fitting):
        allowed = [entry for entry in allowed if any(c.is_rejected for c in entry[0])] or allowed
    best = max((evenness for _, evenness in allowed), default=0.0)
    allowed = [(chosen, evenness) for chosen, evenness in allowed if evenness >= min(best, _ALL_PASS)]
    enough = min(_ENOUGH_NAMED, max((_named(chosen) for chosen, _ in allowed), default=0))
    for longer in _drawn(count, rng):
        ranked = [
            (-sum(often[candidate.name] for candidate in chosen), rng.random(), chosen)
            for chosen, _ in allowed
            if _named(chosen) >= enough and sum(len(candidate.name) >= longest_key for candidate in chosen) == longer
        ]
        if ranked:
            return list(max(ranked, key=lambda entry: entry[:2])[2])
    return None


def _named(chosen: Sequence[Candidate]) -> int:
    """Return how many wrong options learners are known to confuse with the key."""
    return sum(candidate.is_named for candidate in chosen)


def _drawn(count: int, rng: random.Random) -> list[int]:
    """Return the numbers of longer distractors in the order to try them; none is hardest to meet, so it leads."""
    return [0, *rng.sample(range(1, count + 1), count)]


def _evenness(keys: Sequence[str], others: Sequence[str]) -> float:
    """Return 0 for options that the audit rejects for the key's length, else the share of the options that do not stand
    out by their length, less a little if the key shares more words with the rest than each of them."""
    texts = [*keys, *others]
    if not least_length_ratio(texts) <= mean(map(len, keys)) / mean(map(len, others)) < MAX_LENGTH_RATIO:
        return 0.0
    inside = sum(not stands_out(text, texts) for text in texts)
    shared = [_shared(text, [other for other in texts if other is not text]) for text in texts]
    is_central = max(shared[: len(keys)]) > max(shared[len(keys) :])
    return max(0.01, inside / len(texts) - 0.2 * is_central)


def _shared(text: str, others: Sequence[str]) -> float:
    said = set(words(text))
    return mean(len(said & set(words(other))) / max(1, len(said | set(words(other)))) for other in others)
