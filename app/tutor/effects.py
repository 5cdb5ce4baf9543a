"""Which way things go: "raising C narrows the margin" as terms with a sign, and sentences that turn it round.

Only relative signs count: "a larger C narrows the margin" and "a smaller C widens it" say the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from app.tutor.statement import MOST_PARTS
from ingest.words import stem, words

Way = int
SAME_CLAUSE = 0.6
"""Share of the words of a clause that another one must have to speak of the same thing."""


def _stems(text: str) -> frozenset[str]:
    return frozenset(stem(word) for word in text.split())


_UP = _stems(
    "increase increases increasing increased raise raises raising raised rise rises rising grow grows growing higher more"
    " larger greater bigger boost boosts gain gains maximize maximizes maximise up longer add adds adding added strengthen"
    " strengthens stronger widen widens wider deeper heavier extend extends enlarge lengthen speeds accelerates later"
    " doubling multiply extra additional growth harder"
)
_DOWN = _stems(
    "decrease decreases decreasing decreased reduce reduces reducing reduced lower lowers lowering lowered fall falls"
    " falling drop drops dropping shrink shrinks shrinking fewer less smaller lose loses minimize minimizes minimise"
    " down shorter slower removes cut cuts cutting weaken weakens weaker narrow narrows narrower shallower lighter shorten limits"
    " sooner save saves saving slows halving cheaper removing remove"
)
# Adjectives that are a term and a way in one: noisier gradients are less smooth ones.
_QUALITIES: dict[str, tuple[str, Way]] = {
    stem(word): (term, way)
    for word, term, way in (
        ("noisier", "smoothness", -1), ("noisy", "smoothness", -1), ("smoother", "smoothness", 1), ("steadier", "smoothness", 1),
        ("winding", "smoothness", -1), ("jagged", "smoothness", -1), ("calmer", "smoothness", 1),
        ("faster", "speed", 1), ("quicker", "speed", 1), ("slower", "speed", -1),
        ("cheaper", "cost", -1), ("dearer", "cost", 1), ("costlier", "cost", 1),
        ("simpler", "complexity", -1), ("complex", "complexity", 1),
        ("deeper", "depth", 1), ("shallower", "depth", -1),
        ("sparser", "density", -1), ("denser", "density", 1),
    )
}  # fmt: skip
_WORSE = _stems("worse worsen worsens worsening aggravates")
_BETTER = _stems("better improve improves improving improved")
_HARM = _stems(
    "overfitting overfit underfitting underfit error errors loss latency cost costs noise leakage variance bias delay"
)
_STOPS = frozenset("and but while as when if so because whereas than".split())
_FILLERS = _stems(
    "keep keeps get gets make makes become becomes start starts mostly usually general slightly always often percent times"
)
WAYS = _UP | _DOWN
"""Stems of the words that say a way."""

_CLAUSES = re.compile(r"[;:,]\s+| — | (?:while|whereas|but) ")
_REACH = 4


@dataclass(frozen=True)
class Clause:
    """The content words of a clause, and the groups of terms in it that one word sends up (+1) or down (-1)."""

    said: frozenset[str]
    moves: tuple[tuple[frozenset[str], Way], ...]


TOPIC = "*"
"""Stands in a move for the topic of the table whose row is labelled with a way alone ("Higher")."""


@lru_cache(maxsize=8192)
def clauses(sentence: str) -> tuple[Clause, ...]:
    """Return the parts of a sentence that say of something which way it goes, and the whole.

    A table row ("Higher — Effect: Less overfitting; Speed: Down") is read as its label with each of its cells.
    """
    found: list[Clause] = []
    if " — " in sentence:
        label, _, cells = sentence.partition(" — ")
        for cell in cells.split("; ")[:MOST_PARTS]:
            header, _, value = cell.partition(": ")
            found.append(_clause([label, f"{value} {header}" if _is_bare(value) else value], topic=_is_bare(label)))
    else:
        parts = _CLAUSES.split(sentence)[:MOST_PARTS]
        found.append(_clause(parts))
        if len(parts) > 1:
            found.extend(_clause([part]) for part in parts)
    return tuple(clause for clause in found if clause.moves)


def _is_bare(text: str) -> bool:
    """Return whether a cell says a way and nothing that goes it."""
    return all(_way(word) or word in _FILLERS for word in words(text))


def _clause(parts: Sequence[str], topic: bool = False) -> Clause:
    moves: list[tuple[frozenset[str], Way]] = []
    for part in parts:
        moves.extend(_moves(part))
    if topic:
        moves.extend((frozenset({TOPIC}), _way(token)) for token in words(parts[0], keep_stop_words=True)[:1])
    said = frozenset(word for part in parts for word in words(part) if not _way(word) and word not in _QUALITIES)
    up = frozenset(term for terms, way in moves if way > 0 for term in terms)
    down = frozenset(term for terms, way in moves if way < 0 for term in terms)
    # A term that goes both ways in one clause says nothing.
    sure = [(terms - (up & down), way) for terms, way in moves]
    return Clause(said, tuple(move for move in sure if move[0]))


def _way(token: str) -> Way:
    return 1 if token in _UP else -1 if token in _DOWN else 0


def _moves(part: str) -> Iterable[tuple[frozenset[str], Way]]:
    """Yield the moves of a run without comma: a direction word moves what follows it, or else what stands before it."""
    tokens = words(part, keep_stop_words=True)
    content = {w for w in words(part) if not (_way(w) or w in _QUALITIES or w in _FILLERS or w.isdigit())}
    for i, token in enumerate(tokens):
        if token == "up" and tokens[i + 1 : i + 2] == ["to"]:
            continue
        if token in _QUALITIES:
            term, way = _QUALITIES[token]
            yield frozenset({term}), way
        way = _way(token) or (1 if token in _WORSE else -1 if token in _BETTER else 0)
        if way:
            after = _run(tokens[i + 1 : i + 1 + _REACH], content)
            target = after or _run(tokens[max(0, i - _REACH) : i][::-1], content)
            if target and (_way(token) or target & _HARM):
                yield target, way


def _run(tokens: Sequence[str], content: set[str]) -> frozenset[str]:
    """Return the first words of content that stand together in ``tokens``, none from beyond a conjunction."""
    run: list[str] = []
    for token in tokens:
        if token in _STOPS or _way(token) or (run and token not in content and token != "of"):
            break
        if token in content:
            run.append(token)
    return frozenset(run)


def turned_round(sentence: str, passages: Iterable[tuple[int, str, frozenset[str]]]) -> tuple[int, str] | None:
    """Return (number of the passage sentence, term) if ``sentence`` sends a term the other way than the passages do.

    ``passages`` are sentences with their numbers and the stems of their headings; those that speak most of the same decide.
    """
    ours = clauses(sentence)
    if not ours:
        return None
    votes = [
        (*vote, at)
        for at, passage, topic in passages
        for theirs in clauses(passage)
        for clause in ours
        if (vote := _compare(clause, theirs, topic)) is not None
    ]
    best = max((close for close, *_ in votes), default=0.0)
    leading = [vote for vote in votes if vote[0] >= best - 1e-9]
    if leading and all(clash for _, clash, _, _ in leading):
        _, _, term, at = min(leading, key=lambda vote: vote[3])
        return at, term
    return None


def _compare(ours: Clause, theirs: Clause, topic: frozenset[str]) -> tuple[float, bool, str] | None:
    """Return (closeness, whether they clash, the term) of two clauses, or None if they do not speak of the same."""
    pairs = [
        (min(shared), mine, other)
        for terms, mine in ours.moves
        for known, other in theirs.moves
        if (shared := terms & (topic if known == {TOPIC} else known))
    ]
    if not pairs:
        return None
    close = len(ours.said & (theirs.said | topic)) / max(1, len(ours.said))
    agree = [mine == other for _, mine, other in pairs]
    named = next((term for term, mine, other in pairs if mine != other), pairs[0][0])
    if len({term for term, _, _ in pairs}) >= 2 and _apart(pairs, ours):
        return close + len({term for term, _, _ in pairs}), len(set(agree)) > 1, named
    lone = len(theirs.moves) == 1 and len(ours.moves) == 1
    if close < SAME_CLAUSE or not lone:
        return None
    return close, not agree[0], named


def _apart(pairs: Sequence[tuple[str, Way, Way]], ours: Clause) -> bool:
    """Return whether the shared terms are moved by more than one word of our clause."""
    terms = {term for term, _, _ in pairs}
    return sum(bool(moved & terms) for moved, _ in ours.moves) >= 2
