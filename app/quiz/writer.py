"""The gate between what composes items and a learner: over-generate, audit, drop copies, keep, and count it all."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from app.quiz.audit import audit_item
from app.quiz.bank import Embed, near_duplicates, same_concept, share_extreme, share_without
from app.quiz.proof import Material
from corpus.item import Item

NEAR_DUPLICATE = "near_duplicate"
_NEXT_TO_NOTHING = (0.5, 0.5, 0.1, 0.1)
"""Keys that the lengths may tell above or below chance in one run: longest, shortest, without the longer, without the shorter."""
_APART = 12
"""So many items lie between two that weigh much the same options."""
_MUCH_THE_SAME = 3
"""Options in common from which two items do so."""
_OVER_GENERATE = 16
"""At most so many candidates are tried for each item that is wanted."""


@dataclass(frozen=True)
class Written:
    """What came of a run: the ``items`` that passed, how many were ``tried``, and what each rule ``rejected``.

    An item rejected by two rules counts under both; ``spare`` counts sound items left over because the lengths of
    their keys would have told; ``dropped`` counts output that was no item at all.
    """

    items: tuple[Item, ...]
    tried: int
    rejected: dict[str, int] = field(default_factory=dict)
    dropped: int = 0
    spare: int = 0

    @property
    def pass_rate(self) -> float:
        """Share of what was tried that passed, in [0, 1]."""
        return (len(self.items) + self.spare) / self.tried if self.tried else 0.0


def keep_sound(
    candidates: Iterable[Item], count: int, material: Material, embed: Embed | None = None, seen: Sequence[Item] = ()
) -> Written:
    """Return the first ``count`` candidates that pass the audit and ask something that ``seen`` does not.

    No two kept items rest on the same fact: the quotes that prove their keys differ. ``embed`` turns texts into
    unit vectors, to find the same question in other words.
    """
    kept: list[Item] = []
    waiting: list[Item] = []
    rejected: Counter[str] = Counter()
    lengths = _Lengths()
    facts = {fact for item in seen for fact in _key_facts(item)}
    tried = 0

    def keep(item: Item) -> None:
        waiting.remove(item)
        if set(_key_facts(item)) & facts or _is_copy(item, kept, seen, embed):
            rejected[NEAR_DUPLICATE] += 1
            return
        facts.update(_key_facts(item))
        lengths.add(item)
        kept.append(item)

    for item in _limited(candidates, count * _OVER_GENERATE):
        if len(kept) == count:
            break
        tried += 1
        flaws = {NEAR_DUPLICATE} if set(_key_facts(item)) & facts else set()
        flaws = flaws or {flaw.rule for flaw in audit_item(item, material).flaws}
        rejected.update(flaws)
        if flaws:
            continue
        waiting.append(item)
        while len(kept) < count and (
            fitting := [
                item for item in waiting if lengths.keep_even(item) and _crowd(item, kept) <= len(kept) // _APART
            ]
        ):
            keep(fitting[0])
    while waiting and len(kept) < count:
        keep(min(waiting, key=lambda item: lengths.distance(item) + _crowd(item, kept)))
    return Written(tuple(kept), tried, dict(rejected.most_common()), spare=len(waiting))


class _Lengths:
    """How far the lengths of the options told the keys of the items kept so far, against chance: each figure is how many
    keys more than by chance are found by taking the longest options or the shortest, or by leaving out what is much longer than the rest or shorter."""

    def __init__(self) -> None:
        self._told: tuple[float, ...] = (0.0,) * 4

    def after(self, item: Item) -> tuple[float, ...]:
        """Return the figures with one more item."""
        chance = 1 / math.comb(len(item.options), len(item.key))
        found = (share_extreme(item, 1), share_extreme(item, -1), share_without(item, 1), share_without(item, -1))
        return tuple(told + share - chance for told, share in zip(self._told, found, strict=True))

    def keep_even(self, item: Item) -> bool:
        """Return whether with ``item`` the lengths tell no more than before, or next to nothing."""
        return all(
            abs(new) <= max(little, abs(old))
            for new, old, little in zip(self.after(item), self._told, _NEXT_TO_NOTHING, strict=True)
        )

    def distance(self, item: Item) -> float:
        """Return how far from chance the lengths are with ``item``."""
        return sum(map(abs, self.after(item)))

    def add(self, item: Item) -> None:
        self._told = self.after(item)


def _crowd(item: Item, kept: Sequence[Item]) -> int:
    """Return how many of the kept items weigh much the same options."""
    texts = {option.text for option in item.options}
    return sum(len(texts & {option.text for option in other.options}) >= _MUCH_THE_SAME for other in kept)


def _limited(candidates: Iterable[Item], most: int) -> Iterator[Item]:
    for _, item in zip(range(most), candidates, strict=False):
        yield item


def _key_facts(item: Item) -> list[str]:
    return [" ".join(proof.quote.split()) for option in item.key for proof in option.proof]


def _is_copy(item: Item, kept: Sequence[Item], seen: Sequence[Item], embed: Embed | None) -> bool:
    others = [*kept, *seen]
    if any(item.id == other.id or same_concept(item, other) for other in others):
        return True
    return embed is not None and bool(others) and bool(near_duplicates([item], others, embed))
