"""What a sentence denies: negations and what they reach, and words that mean the opposite of each other."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from app.tutor.statement import Statement
from ingest.words import stem, words

NEARLY_ALL = 0.65
"""Share of a sentence's words in one passage sentence from which a negation that only one of them has turns it round."""

ALIKE = 0.55
"""The same for a negation that only the sentence has: it cannot come from another passage sentence."""

_NEGATION = re.compile(
    r"\b(?:not|no|never|none|nothing|nobody|cannot|without|neither|nor|unable|lacks?)\b|n't\b", re.IGNORECASE
)
_NOT_ONLY = re.compile(
    r"\bnot (?:only|just|merely)\b|\bno (?:less|more|longer than|matter)\b|\bcannot but\b", re.IGNORECASE
)
# Words by which a passage can say no without a negation.
_RESTRICTION = re.compile(
    r"\b(?:only|instead|rather|mistake|wrong|avoid\w*|fail\w*|prevent\w*|stop\w*|except|unless|needless|at most|at least|robust"
    r"|beyond|larger|exceed\w*|idle|off|hardly|rarely|seldom|stateless|outdated|don|doesn|isn|won|refus\w*|reject\w*|den(?:y|ies))\b",
    re.IGNORECASE,
)
_SOFT = re.compile(r"\b(?:only|instead|avoid\w*|fail\w*|prevent\w*|except|unless|rather)\b", re.IGNORECASE)
_CLAUSE_END = re.compile(r"[.;:,()]|\b(?:but|and|because|while|so|if|when|which|that)\b")
_ADVERBS = frozenset(
    stem(word) for word in "even also just really necessarily always typically usually yet longer".split()
)
_WEAK = ("without", "lack", "lacks")
_REACH = 4


@dataclass(frozen=True)
class Denial:
    """A negating word as written, and the stems it may reach: those after it in its clause, and the last ones before it."""

    said: str
    after: tuple[str, ...]
    before: tuple[str, ...]

    @property
    def reached(self) -> tuple[str, ...]:
        return self.after[:2]

    @property
    def scope(self) -> frozenset[str]:
        return frozenset(self.after[:_REACH] or self.before)

    @property
    def around(self) -> frozenset[str]:
        return frozenset(self.after + self.before)


@lru_cache(maxsize=16384)
def denials(text: str) -> tuple[Denial, ...]:
    """Return the negations in ``text``; "not only" is none."""
    plain = _NOT_ONLY.sub(" ", text.replace("’", "'"))
    found = []
    for match in _NEGATION.finditer(plain):
        after = [w for w in words(_CLAUSE_END.split(plain[match.end() : match.end() + 120])[0]) if w not in _ADVERBS][
            : 2 * _REACH
        ]
        before = words(_CLAUSE_END.split(plain[max(0, match.start() - 60) : match.start()])[-1])[-3:]
        found.append(Denial(match.group(), tuple(after), tuple(before)))
    return tuple(found)


def negations(text: str) -> int:
    """Return how many negating words ``text`` has."""
    return len(denials(text))


def negated(text: str, reach: int = 3) -> frozenset[str]:
    """Return the stems of the ``reach`` content words after each negating word."""
    return frozenset(word for denial in denials(text) for word in denial.after[:reach])


def lone_denial(sentence: Statement, passages: Iterable[Statement]) -> str | None:
    """Return what ``sentence`` denies of the passages' own words and no passage sentence does, if there is such a thing."""
    open_denials = [
        denial for denial in denials(sentence.plain) if denial.scope and denial.said.casefold() != "without"
    ]
    if not open_denials:
        return None
    near = [known for known in passages if len(sentence.content & known.content) >= min(2, len(sentence.content))]
    told = frozenset(word for known in near for word in known.content)
    for denial in open_denials:
        if any(word in told for word in denial.after[:3]) and not any(
            _denies_it(denial, sentence, known) for known in near
        ):
            return " ".join(denial.after or denial.before)
    return None


def _denies_it(denial: Denial, sentence: Statement, known: Statement) -> bool:
    for other in denials(known.plain):
        if denial.scope & frozenset(other.after[:_REACH] + other.before) or denial.scope <= other.around:
            return True
    alike = len(sentence.content & known.content) >= 0.6 * len(sentence.content)
    return alike and bool(denial.scope & known.content) and _RESTRICTION.search(known.plain) is not None


def dropped_denial(sentence: Statement, known: Statement, topic: frozenset[str] = frozenset()) -> str | None:
    """Return what a passage sentence denies and ``sentence`` says without denying anything, if there is such a thing."""
    if denials(sentence.plain) or _SOFT.search(sentence.plain):
        return None
    if len(sentence.content & (known.content | topic)) < NEARLY_ALL * len(sentence.content):
        return None
    copied = len(sentence.content & (known.content | topic)) >= COPY * len(sentence.content)
    for denial in denials(known.plain):
        if denial.said.casefold() in _WEAK or not denial.reached:
            continue
        clause = next((part for part in known.clauses if denial.reached[0] in part), known.content)
        about = clause - topic if len(sentence.content) <= 2 else clause
        if 2 * len(sentence.content & clause) < len(about):
            continue
        held = [any(word in part for part in sentence.clauses) for word in denial.reached]
        if all(held) and not any(frozenset(denial.reached) <= part for part in sentence.clauses):
            continue
        if all(held) or (
            copied and held[0] and len(sentence.content & (denial.around | topic)) >= min(2, len(sentence.content))
        ):
            return " ".join(denial.after)
    return None


COPY = 0.7
"""Share of a sentence's words in a passage sentence from which a restriction there ("only", "at most") no longer counts as a no."""


def added_denial(sentence: Statement, known: Statement, passages: Sequence[Statement]) -> str | None:
    """Return the negating word by which ``sentence`` turns round what a passage sentence says in the same words, if any."""
    shared = len(sentence.content & known.content) / max(1, len(sentence.content))
    if shared < COPY and (shared < ALIKE or restricts(known.plain)):
        return None
    for denial in denials(sentence.plain):
        reached = frozenset(denial.reached)
        elliptic = sentence.plain.rstrip(" .").endswith(denial.said)
        if not denial.after and not elliptic and shared >= COPY and not any(denials(other.plain) for other in passages):
            return denial.said
        if (
            denial.said.casefold() not in _WEAK
            and reached & known.content
            and not any(_denies(reached, other, sentence) for other in passages)
        ):
            return denial.said
    return None


def _denies(reached: frozenset[str], known: Statement, sentence: Statement) -> bool:
    """Return whether a passage sentence denies the same, or something like it of the same things."""
    alike = len(sentence.content & known.content) >= 0.4 * len(sentence.content)
    return any(reached <= denial.around or (alike and reached & denial.around) for denial in denials(known.plain))


def restricts(plain: str) -> bool:
    """Return whether a sentence says no in some other way than by a negation."""
    return _RESTRICTION.search(plain) is not None


_OPPOSITES = [
    tuple(frozenset(stem(word) for word in side.split()) for side in pair.split("|"))
    for pair in (
        "supervised|unsupervised",
        "labelled labeled|unlabelled unlabeled",
        "synchronous synchronously|asynchronous asynchronously",
        "online|offline",
        "required mandatory must|optional",
        "always|never",
        "before|after",
        "minimum least|maximum most",
        "cheaper cheapest|dearer costlier",
        "faster quicker|slower",
        "linear|nonlinear",
        "structured|unstructured",
        "overfitting overfit overfits|underfitting underfit underfits",
        "encrypted|unencrypted",
        "balanced|imbalanced unbalanced",
        "stateful|stateless",
        "public|private",
        "inbound ingress|outbound egress",
        "managed|unmanaged",
        "above over|below under",
        "more higher larger greater bigger|fewer less lower smaller",
        "best|worst",
        "enable enables enabled|disable disables disabled",
        "continuous|categorical",
        "increase increases increased increasing raise raises|decrease decreases decreased decreasing reduce reduces",
        "improve improves improved|worsen worsens worsened",
        "strengthen strengthens|weaken weakens",
        "longer longest|shorter shortest",
        "largest biggest|smallest",
        "first|last",
        "early earlier|late later",
        "hot hotter|cold colder",
        "high|low",
        "gain gains|loss losses",
        "allow allows|deny denies forbid forbids",
        "open|closed",
        "safe|unsafe dangerous",
        "simple easy easier|complex difficult harder",
        "positive positives|negative negatives",
        "true|false",
        "include includes|exclude excludes",
        "internal|external",
        "weak|strong",
        "cheap cheaply|dear expensive costly",
        "mutable|immutable",
        "symmetric|asymmetric",
        "vertical|horizontal",
        "ascending|descending",
        "sooner|later",
        "wider wide|narrower narrow",
        "deeper deep|shallower shallow",
        "smoother smooth|noisier noisy",
        "parallel|sequential",
        "sparse|dense",
        "lossless|lossy",
    )
]

_SIDES: dict[str, list[tuple[frozenset[str], frozenset[str]]]] = {}
for _left, _right in _OPPOSITES:
    for _this, _that in ((_left, _right), (_right, _left)):
        for _word in sorted(_this):
            _SIDES.setdefault(_word, []).append((_this, _that))


def opposites(sentence: str) -> list[tuple[frozenset[str], frozenset[str]]]:
    """Return for each word of ``sentence`` that has opposites the stems that mean it and those that mean the opposite."""
    ours = _all_stems(sentence)
    return [(this, that) for word in sorted(ours & _SIDES.keys()) for this, that in _SIDES[word] if not ours & that]


def opposite(sentence: str, evidence: str) -> bool:
    """Return whether ``sentence`` has a word where the evidence has only its opposite."""
    theirs = _all_stems(evidence)
    return any(theirs & that and not theirs & this for this, that in opposites(sentence))


@lru_cache(maxsize=16384)
def _all_stems(text: str) -> frozenset[str]:
    return frozenset(words(text, keep_stop_words=True))
