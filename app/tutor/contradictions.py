"""Hard faults of a sentence: what it says that the passages do not license, by rules that can name it.

Each rule looks for one kind of fault and says which words of the sentence and of the passage stand against each other.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from app.tutor import facts
from app.tutor.advice import advice_in, advised_against
from app.tutor.affirming import affirmed, single_denial
from app.tutor.definitions import defined_otherwise
from app.tutor.effects import turned_round
from app.tutor.exchange import exchanges, synonyms
from app.tutor.polarity import (
    ALIKE,
    NEARLY_ALL,
    added_denial,
    denials,
    dropped_denial,
    lone_denial,
    opposites,
    restricts,
)
from app.tutor.statement import Statement, spelled
from app.tutor.swaps import swapped
from app.tutor.types import Verdict
from app.tutor.word_vectors import shipped_vectors
from ingest.words import words

RELATED_FROM = 0.45
"""Coverage from which evidence is about the same thing, so that another number is a contradiction."""

CLOSE_FROM = 0.5
"""Coverage by one sentence from which a denial in the sentence alone is looked into."""

SPOKEN_OF = 0.3
"""The same where that sentence has the very words around the denial."""

RULED_OUT = 0.35
"""Coverage from which a passage sentence speaks of the same things, so that "never" needs a denial in one of them."""

COPIED_WHOLE = 0.5
"""Share of the words of both that a sentence and a passage sentence have in common where one is a copy of the other."""

SAME_FROM = 0.6
"""Coverage by one sentence from which it says nearly the same, so that a turned polarity is a contradiction."""

COPIED_FROM = 0.8
"""Coverage of all but a name from which a sentence is a passage sentence with another name in it."""

LICENSED_BELOW = 0.25
"""By how much less than the closest evidence may cover the evidence that gives a number, for the number to count."""

FRAMED = 0.3
"""Share of a sentence that must agree around two rivals for one to stand in the other's place."""


TIGHTLY_FRAMED = 0.65
"""The same for a word that the passages use elsewhere."""

SYNONYMS_FROM = 0.7
"""Cosine of the vectors of two words from which one may stand for the other."""

_GENERAL = frozenset(words("choose fit fits mistake wrong question cue"))

_COMPARED = 4
_FOR_GOOD = ("never", "cannot")


@dataclass(frozen=True)
class Fault:
    """``said`` by the sentence against ``given`` by the passage sentence number ``at`` (None: by none of them)."""

    kind: str
    verdict: Verdict
    reason: str
    said: str = ""
    given: str = ""
    at: int | None = None


@dataclass(frozen=True)
class Known:
    """A passage sentence, or two neighbours (``alone`` false), with the stems of its heading."""

    statement: Statement
    topic: frozenset[str]
    heading: str
    alone: bool

    @property
    def words(self) -> frozenset[str]:
        return self.statement.content | self.topic


@dataclass(frozen=True)
class Case:
    """A sentence against all passage sentences; ``best`` covers most of it, ``closest`` is the best single one.

    ``groups`` are the passages, as ranges of ``known``.
    """

    sentence: Statement
    known: Sequence[Known]
    best: int
    closest: int
    groups: Sequence[tuple[int, int]]
    all_words: frozenset[str]
    initials: str
    squeezed: str

    def coverage(self, at: int) -> float:
        return len(self.sentence.content & self.known[at].words) / max(1, len(self.sentence.content))


def squeeze(text: str) -> str:
    """Return letters and digits only, so that quotation marks, Markdown and line ends do not matter."""
    return " ".join(re.findall(r"[^\W_]+", text.casefold()))


def initials_of(statements: Iterable[Statement]) -> str:
    """Return the first letters of all words in order, in which an abbreviation of some of them is found."""
    return " ".join("".join(token[0] for token in statement.tokens) for statement in statements)


def says_otherwise(plain: str) -> bool:
    """Return whether a passage sentence denies something or advises against it, so that a part of it says something else."""
    return bool(denials(plain) or advice_in(plain) or restricts(plain))


def find_fault(case: Case) -> Fault | None:
    """Return the first hard fault of a sentence, the surest kind first."""
    return next((fault for rule in _RULES for fault in rule(case)), None)


def _quotation(case: Case) -> Iterator[Fault]:
    for quotation in facts.quotations(case.sentence.plain):
        if squeeze(quotation) not in case.squeezed:
            reason = f"The quotation “{quotation[:80]}” is in no passage."
            yield Fault("quotation", Verdict.UNSUPPORTED, reason, quotation)


def _number(case: Case) -> Iterator[Fault]:
    """A number that no passage gives, or that it gives of something else."""
    given = facts.numbers(f"{case.known[case.best].heading} {case.known[case.best].statement.plain}")
    for number in facts.numbers(case.sentence.plain):
        if not number.dimension and not number.said[:1].isdigit():
            continue  # "two types" counts what the passages list
        if facts.among(number, given):
            continue
        where = [i for i in range(len(case.known)) if _gives(case.known[i], number)]
        if where and max(map(case.coverage, where)) >= max(0.3, case.coverage(case.best) - LICENSED_BELOW):
            continue
        rivals = [other for other in given if other.dimension == number.dimension]
        if rivals and case.coverage(case.best) >= RELATED_FROM:
            said = " or ".join(other.said for other in rivals[:2])
            reason = f"The sentence says {number.said}; the passage says {said}."
            yield Fault("number", Verdict.CONTRADICTED, reason, number.said, rivals[0].said, case.best)
        elif where:
            reason = f"The passages give the number {number.said} of something else."
            yield Fault("number", Verdict.UNSUPPORTED, reason, number.said, number.said, where[0])
        else:
            yield Fault("number", Verdict.UNSUPPORTED, f"No passage gives the number {number.said}.", number.said)


def _gives(known: Known, number: facts.Number) -> bool:
    return facts.among(number, facts.numbers(f"{known.heading} {known.statement.plain}"))


def _paired_number(case: Case) -> Iterator[Fault]:
    """Two numbers of one passage sentence that changed places."""
    mine = facts.counted(case.sentence.plain)
    for at, known in enumerate(case.known):
        if not known.alone or case.coverage(at) < SAME_FROM:
            continue
        theirs = facts.counted(known.statement.plain)
        for thing in mine.keys() & theirs.keys():
            if mine[thing] != theirs[thing] and mine[thing] in theirs.values():
                reason = f"The sentence says {mine[thing]} for {thing}; the passage says {theirs[thing]}."
                yield Fault("number", Verdict.CONTRADICTED, reason, mine[thing], theirs[thing], at)


def _name(case: Case) -> Iterator[Fault]:
    """A name that no passage has, or that a close copy of a passage sentence has instead of the passage's own."""
    best = case.known[case.best]
    for name in facts.names(case.sentence.plain):
        parts = words(name)
        if not parts:
            continue
        if not all(_has(part, case.all_words) for part in parts) and name.casefold() not in case.initials:
            yield Fault("name", Verdict.UNSUPPORTED, f"The passages do not name {name}.", name)
            return
        rest = case.sentence.content - set(parts)
        copied = len(rest) >= 3 and len(rest & best.words) >= COPIED_FROM * len(rest)
        rivals = facts.names(f"of {best.heading}: {best.statement.plain}")
        if copied and rivals and not any(_has(part, best.words) for part in parts):
            reason = f"The closest passage does not speak of {name}."
            yield Fault("name", Verdict.UNSUPPORTED, reason, name, "", case.best)


def _has(part: str, known: frozenset[str]) -> bool:
    return part in known or part.removesuffix("s") in known or f"{part}s" in known


def _advice(case: Case) -> Iterator[Fault]:
    found = advised_against(case.sentence.plain, [known.statement.plain if known.alone else "" for known in case.known])
    if found is not None:
        at, reason, said = found
        yield Fault("advice", Verdict.CONTRADICTED, reason, said, case.known[at].statement.plain, at)


def _effect(case: Case) -> Iterator[Fault]:
    """Something goes the other way than in the passages."""
    if denials(case.sentence.plain):
        return
    wanted = case.sentence.content
    near = [
        (at, known.statement.plain, known.topic)
        for at, known in enumerate(case.known)
        if known.alone and len(wanted & known.words) >= 2
    ]
    found = turned_round(case.sentence.plain, near)
    if found is not None:
        at, term = found
        reason = f"The passage says that {spelled(case.sentence.plain, {term})} goes the other way."
        yield Fault("direction", Verdict.CONTRADICTED, reason, spelled(case.sentence.plain, {term}), "", at)


def _exchange(case: Case) -> Iterator[Fault]:
    """A word stands in a passage sentence's words where that has another one, which excludes it or which is said elsewhere."""
    singles = [known.statement for known in case.known if known.alone]
    for found in exchanges(case.sentence, singles, case.all_words, case.known[case.closest].topic):
        apart = found.known and found.framed >= TIGHTLY_FRAMED and not _synonyms(found.mine, found.other)
        if _GENERAL & set(f"{found.mine} {found.other}".split()) or (
            not apart and not (found.rivals and found.framed >= FRAMED)
        ):
            continue
        stems = set(found.other.split())
        at = next(i for i, known in enumerate(case.known) if known.alone and stems <= known.statement.content)
        mine, other = spelled(case.sentence.plain, found.mine.split()), spelled(case.known[at].statement.plain, stems)
        reason = f"The sentence says {mine}; the passage says {other}."
        verdict = Verdict.CONTRADICTED if found.rivals else Verdict.UNSUPPORTED
        yield Fault("exchange", verdict, reason, mine, other, at)


def _synonyms(mine: str, other: str) -> bool:
    near = shipped_vectors().nearest(mine.split(), other.split())
    return synonyms(mine, other) or min(near.values(), default=0.0) >= SYNONYMS_FROM


def _opposite(case: Case) -> Iterator[Fault]:
    """A passage says of the same subject that it is the opposite, or says nearly the same with an opposite word."""
    ours = case.sentence.plain
    for at, other in enumerate(case.known):
        pair = defined_otherwise(ours, other.statement.plain) if other.alone else None
        if pair is not None:
            said, given = spelled(ours, {pair[0]}), spelled(other.statement.plain, {pair[1]})
            yield Fault("opposite", Verdict.CONTRADICTED, _opposed(said, given), said, given, at)
            return
    near = _closest(case, SAME_FROM)
    for this, that in opposites(case.sentence.plain):
        for at in near:
            known = case.known[at].statement
            has_this, has_that = bool(this & set(known.tokens)), bool(that & set(known.tokens))
            if has_this and not has_that:
                break
            if has_that and not has_this:
                said, given = spelled(case.sentence.plain, this), spelled(known.plain, that)
                yield Fault("opposite", Verdict.CONTRADICTED, _opposed(said, given), said, given, at)
                return


def _opposed(said: str, given: str) -> str:
    return f"The sentence says {said}; the passage says {given}."


def _closest(case: Case, share: float) -> list[int]:
    """Return the numbers of the few single passage sentences that cover at least ``share`` of the sentence, most first."""
    close = [at for at, known in enumerate(case.known) if known.alone and case.coverage(at) >= share]
    close.sort(key=lambda at: (-case.coverage(at), len(case.known[at].words), case.known[at].statement.plain))
    return close[:_COMPARED]


def _denial(case: Case) -> Iterator[Fault]:
    """Only the sentence denies something, or only the passage."""
    ours = case.sentence
    for at in _closest(case, NEARLY_ALL):
        known = case.known[at].statement
        if dropped_denial(ours, known, case.known[at].topic) is not None:
            reason = "Only the passage says “not”."
            yield Fault("negation", Verdict.CONTRADICTED, reason, "", _denying(known.plain), at)
            return
    affirming = _denied_alone(case)
    if affirming is not None:
        said = _denying(ours.plain)
        yield Fault("negation", Verdict.CONTRADICTED, "Only the sentence says “not”.", said, "", affirming)


def _denied_alone(case: Case) -> int | None:
    """Return the number of the passage sentence that says what only the sentence denies, if there is one.

    A sentence in other words may deny the opposite of what the passage says ("takes no new customers" for "is closed to new
    customers"), so it must be close, and the passage must not say no in some other way.
    """
    ours = case.sentence
    numbers = [at for at, known in enumerate(case.known) if known.alone]
    alone = [case.known[at].statement for at in numbers]
    found = affirmed(ours, alone)
    if found is not None and case.coverage(numbers[found]) >= SPOKEN_OF:
        return numbers[found]
    denial = single_denial(ours.plain)
    if denial is None:
        return None
    closest = case.known[case.closest].statement
    if not restricts(closest.plain):
        if case.coverage(case.closest) >= CLOSE_FROM and lone_denial(ours, alone) is not None:
            return case.closest
        if denial.said.casefold() in _FOR_GOOD and case.coverage(case.closest) >= RULED_OUT and not _denying_near(case):
            return case.closest
    near = [known for known in alone if len(known.content & ours.content) >= min(2, len(ours.content))]
    for at in _closest(case, ALIKE):
        known = case.known[at].statement
        alike = len(known.content & ours.content) >= COPIED_WHOLE * len(known.content | ours.content)
        if alike and not restricts(known.plain) and added_denial(ours, known, near) and not advice_in(known.plain):
            return at
    return None


def _denying_near(case: Case) -> bool:
    """Return whether a passage sentence about the same things denies anything."""
    return any(
        known.alone and case.coverage(at) >= RULED_OUT and denials(known.statement.plain)
        for at, known in enumerate(case.known)
    )


def _swap(case: Case) -> Iterator[Fault]:
    """What a passage says of one thing is said of another."""
    if denials(case.sentence.plain):
        return
    for first, last in case.groups:
        numbers = [at for at in range(first, last) if case.known[at].alone]
        found = swapped(
            case.sentence.plain, [case.known[at].statement.plain for at in numbers], case.known[first].topic
        )
        if found is not None:
            at = numbers[found[0]]
            given, said = spelled(case.known[at].statement.plain, found[1]), spelled(case.sentence.plain, found[2])
            reason = f"The sentence says of {said} what the passage says of {given}."
            yield Fault("exchange", Verdict.CONTRADICTED, reason, said, given, at)
            return


def _denying(text: str) -> str:
    return next((denial.said for denial in denials(text)), "")


_RULES: tuple[Callable[[Case], Iterator[Fault]], ...] = (
    _quotation,
    _number,
    _paired_number,
    _name,
    _advice,
    _effect,
    _exchange,
    _swap,
    _opposite,
    _denial,
)
