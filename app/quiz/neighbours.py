"""Wrong options for a composed item: things of the key's kind that learners weigh against it, the nearest first."""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import mean
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from app.quiz.flaws import MAX_LENGTH_RATIO, least_length_ratio
from app.quiz.proof import Material
from app.quiz.rules import ChoiceRule, choice_rules, is_action
from corpus.confusion_note import is_phenomenon
from corpus.markdown import sections
from corpus.note import Note
from ingest.words import words

_T = TypeVar("_T")
_SAME_NEED = 0.34
_SAME_NEED_IN_NOTE = 0.7
_ENOUGH = 10
_TRIES = 10
_NEAR_NOTES = 25
_ALIKE_FROM = 0.12
"""Cosine of two notes' words from which their topics may stand side by side although no list names them together."""

_ALIKE_METHODS_FROM = 0.2
"""The same for methods, charts and the like, whose class no list of names tells."""

_CLOSE_FROM = 0.3
"""Cosine from which all that a note weighs may stand there, not only its topic."""

_TOLD = 0.67
"""Share of a need's words from which a sentence of a candidate's own note may well give the candidate for it."""

_GENERAL = re.compile(
    r"(?:an? )?(?:(?:Amazon )?EC2(?: instances)?|Amazon (?:EKS|ECS|EMR|MWAA)|AWS Fargate|AWS Glue(?: jobs?)?|word embeddings\b.*"
    r"|transformer|cross-validation|collection of new data)$",
    re.IGNORECASE,
)
"""What can do nearly any work of its kind: wrong only where the key is chosen instead of it."""
_SAME_NAME = 0.75
_BRANDED = re.compile(r"\b(?:Amazon|AWS) [A-Z]")
_BRANDS = frozenset("amazon aws".split())


@dataclass(frozen=True)
class Candidate:
    """A wrong option: its name, the rule that proves it, and the confusion that says so, if one does.

    ``is_listed``: a note or a confusion names it beside the key; else it is the topic of a note that is much alike.
    """

    name: str
    rule: ChoiceRule
    confusion: str = ""
    is_listed: bool = True


class Neighbours:
    """The rules of a material by note and by name, and which of them may stand beside each other."""

    def __init__(self, material: Material) -> None:
        self._material = material
        self.by_note = {note.id: choice_rules(note) for note in material.notes.values()}
        self.of_name: dict[str, list[ChoiceRule]] = defaultdict(list)
        for rules in self.by_note.values():
            for rule in rules:
                self.of_name[name_key(rule.choose)].append(rule)
        self._confused: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for confusion in material.confusions.values():
            for side in confusion.sides:
                for other in confusion.sides:
                    if other is not side:
                        self._confused[name_key(side.name)].append((other.name, confusion.id))
        self._told_of = {name_key(note.meta.title): _told(note) for note in material.notes.values()}
        self._note_of_name = {
            name_key(name): note.id
            for note in material.notes.values()
            for name in (*note.meta.aliases, note.meta.title)
        }
        self._order = list(self.by_note)
        self._alike = _likeness([material.notes[note] for note in self._order])

    def wrong_options(
        self,
        note: Note,
        keys: Sequence[ChoiceRule],
        needs: Sequence[ChoiceRule],
        count: int,
        rng: random.Random,
        shown: str = "",
    ) -> list[Candidate] | None:
        """Return ``count`` neighbours of the keys that no rule gives for a need in the stem, or None.

        ``shown`` is how the key is written if not by its name.
        """
        fitting: list[Candidate] = []
        for candidate in self._around(note, keys, rng):
            taken = [*(rule.choose for rule in keys), *(other.name for other in fitting)]
            if (
                self._may_stand_beside(candidate, keys[0])
                and not any(overlap(candidate.name, name) or self._is_same(candidate.name, name) for name in taken)
                and all(self._is_wrong_for(candidate, need) for need in needs)
            ):
                fitting.append(candidate)
            if len(fitting) >= _ENOUGH:
                break
        return balanced([shown or rule.choose for rule in keys], fitting, count, rng)

    def _is_same(self, first: str, second: str) -> bool:
        """Return whether two names are of one thing: title or alias of the same note, such as A2I."""
        a, b = (self._note_of_name.get(name_key(name)) for name in (first, second))
        return a is not None and a == b

    def kind(self, name: str) -> str:
        """Return whether a name is that of an action, an algorithm, a service or a phenomenon, or ""."""
        if is_action(name):
            return "action"
        if self._material.algorithm_names.search(name):
            return "algorithm"
        if self._material.service_names.search(name) or _BRANDED.search(name):
            return "service"
        return "phenomenon" if is_phenomenon(name) else ""

    def near(self, note: str) -> list[str]:
        """Return the ids of the notes most like the one of that id; none if it has no rules."""
        found = self._material.notes.get(note) if note in self.by_note else None
        return [other for other, _ in self._most_alike(found, _ALIKE_FROM)] if found else []

    def _around(self, note: Note, keys: Sequence[ChoiceRule], rng: random.Random) -> Iterator[Candidate]:
        """Yield what may stand beside the keys, the nearest first: what a key is taken instead of, what is confused
        with it, what its note also weighs, the topics of the notes that are most alike."""
        for key in keys:
            if key.instead:
                yield Candidate(key.instead, key, self._confusion_of(key.choose, key.instead))
        confused = [
            Candidate(rule.choose, rule, confusion)
            for key in keys
            for name, confusion in self._confused[name_key(key.choose)]
            for rule in self._bullets_of(name)[:1]
        ]
        listed = [note.id, *(note.meta.see_also if note.id.startswith("confusion-") else ())]
        own = [rule for place in listed for rule in self.by_note.get(place, ()) if not rule.group]
        near = [Candidate(rule.choose, rule) for rule in own]
        near += [
            Candidate(rule.instead, said) for rule in own if rule.instead for said in self._bullets_of(rule.instead)[:1]
        ]
        yield from _shuffled([*confused, *near], rng)
        least = _ALIKE_FROM if self.kind(keys[0].choose) else _ALIKE_METHODS_FROM
        for other, likeness in self._most_alike(note, least):
            bullets = [rule for rule in self.by_note[other] if not rule.group]
            if likeness < _CLOSE_FROM:
                topic = name_key(self._material.notes[other].meta.title)
                bullets = [rule for rule in bullets if name_key(rule.choose) == topic][:1]
            yield from (Candidate(rule.choose, rule, is_listed=False) for rule in _shuffled(bullets, rng))

    def _may_stand_beside(self, candidate: Candidate, key: ChoiceRule) -> bool:
        """Return whether a candidate is of the key's kind; the closer kind counts where no note lists the two."""
        if self.kind(candidate.name) != self.kind(key.choose):
            return False
        if _GENERAL.match(candidate.name) and name_key(candidate.name) != name_key(key.instead):
            return False
        return candidate.is_listed or self._is_whole_service(candidate.name) == self._is_whole_service(key.choose)

    def _is_whole_service(self, name: str) -> bool:
        return bool(self._material.service_names.fullmatch(re.sub(r"^(?:an?|the) ", "", name, flags=re.IGNORECASE)))

    def _confusion_of(self, first: str, second: str) -> str:
        pairs = self._confused[name_key(first)]
        return next((confusion for name, confusion in pairs if name_key(name) == name_key(second)), "")

    def _bullets_of(self, name: str) -> list[ChoiceRule]:
        return [rule for rule in self.of_name[name_key(name)] if not rule.group]

    def _most_alike(self, note: Note, least: float) -> list[tuple[str, float]]:
        """Return the ids of the notes that are most alike, with their likeness in [0, 1]."""
        likeness = self._alike[self._order.index(note.id)]
        best = np.argsort(-likeness, kind="stable")[: _NEAR_NOTES + 1]
        return [
            (self._order[i], float(likeness[i])) for i in best if likeness[i] >= least and self._order[i] != note.id
        ]

    def _is_wrong_for(self, candidate: Candidate, need: ChoiceRule) -> bool:
        """Return whether nothing gives the candidate for the need: no rule, and no sentence of its own note."""
        if name_key(candidate.name) == name_key(need.instead):
            return True
        name = name_key(candidate.name)
        for rule in self.of_name[name]:
            # Two choices that one note sets against each other may share words: it says which is for what.
            if not unlike(rule.need, need.need, _SAME_NEED_IN_NOTE if rule.note == need.note else _SAME_NEED):
                return False
        wanted = set(words(need.need))
        return all(len(wanted & said) < _TOLD * len(wanted) for said in self._told_of.get(name, ()))


def _told(note: Note) -> list[frozenset[str]]:
    """Return the words of each sentence and row of a note."""
    return [frozenset(words(unit.plain)) for part in sections(note.text, note.body_start) for unit in part.units]


def _likeness(notes: Sequence[Note]) -> NDArray[np.float64]:
    """Return the cosine of each pair of notes by the rarity of their words, shape (notes, notes)."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectors = TfidfVectorizer(analyzer=words, sublinear_tf=True).fit_transform([note.body for note in notes])
    return np.asarray((vectors @ vectors.T).todense())


def name_key(name: str) -> str:
    """Return a name without what makes no difference: case, articles, endings."""
    return " ".join(words(name))


def overlap(first: str, second: str) -> bool:
    """Return whether one name says all that the other says: options would not exclude each other."""
    a, b = (set(words(name)) - _BRANDS for name in (first, second))
    least = min(len(a), len(b))
    return not least or a <= b or b <= a or (least > 2 and len(a & b) >= _SAME_NAME * least)


def unlike(first: str, second: str, share: float = _SAME_NEED) -> bool:
    """Return whether two needs have less than that share of the shorter one's words in common."""
    a, b = set(words(first)), set(words(second))
    return len(a & b) < share * max(1, min(len(a), len(b)))


def balanced(
    keys: Sequence[str], fitting: Sequence[Candidate], count: int, rng: random.Random
) -> list[Candidate] | None:
    """Return ``count`` of the candidates, near ones preferred, among which neither length nor shared words tell the key.

    How many are longer than the key is drawn first, so that over many items the key is as often the longest and the
    shortest option as by chance. Among the sets that the audit allows, the one is taken in which most distractors
    could pass for the key by their length.
    """
    longest_key = max(map(len, keys))
    best: tuple[float, list[Candidate]] | None = None
    for longer in _drawn(count, rng):
        for near in range(count, len(fitting) + 1):
            above = [candidate for candidate in fitting[:near] if len(candidate.name) >= longest_key]
            below = [candidate for candidate in fitting[:near] if len(candidate.name) < longest_key]
            if len(above) < longer or len(below) < count - longer:
                continue
            for _ in range(_TRIES):
                chosen = rng.sample(above, longer) + rng.sample(below, count - longer)
                evenness = _evenness(keys, [candidate.name for candidate in chosen])
                if evenness == 1.0:
                    return chosen
                if evenness > (best[0] if best else 0.0):
                    best = evenness, chosen
    return best[1] if best else None


def _drawn(count: int, rng: random.Random) -> list[int]:
    """Return the numbers of longer distractors in the order to try them; none is the hardest to meet, so it leads."""
    return [0, *sorted(range(1, count + 1), key=lambda longer: rng.random() * (0.4 if longer == count else 1.0))]


def _evenness(keys: Sequence[str], others: Sequence[str]) -> float:
    """Return 0 for options that the audit rejects for the key's length, else the share of distractors that could be
    the key by the same rule, less a little if the key shares more words with the rest than each of them."""
    least = least_length_ratio([*keys, *others])
    if not least <= mean(map(len, keys)) / mean(map(len, others)) < MAX_LENGTH_RATIO:
        return 0.0
    texts = [*keys, *others]
    lengths = [len(text) for text in texts]
    passing = sum(
        least <= len(other) / ((sum(lengths) - len(other)) / (len(texts) - 1)) < MAX_LENGTH_RATIO for other in others
    )
    shared = [_shared(text, [other for other in texts if other is not text]) for text in texts]
    is_central = max(shared[: len(keys)]) > max(shared[len(keys) :])
    return max(0.01, passing / len(others) - 0.2 * is_central)


def _shared(text: str, others: Sequence[str]) -> float:
    said = set(words(text))
    return mean(len(said & set(words(other))) / max(1, len(said | set(words(other)))) for other in others)


def _shuffled(things: Sequence[_T], rng: random.Random) -> list[_T]:
    return rng.sample(list(things), len(things))
