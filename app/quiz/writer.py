"""The gate between what composes items and a learner: over-generate, audit, drop copies, keep, and count it all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from app.quiz.audit import audit_item
from app.quiz.bank import Embed, longest_is_key, near_duplicates, same_concept, shortest_is_key
from app.quiz.proof import Material
from corpus.item import Item

NEAR_DUPLICATE = "near_duplicate"
_OTHERS_PER_LONGEST = 3
_OVER_GENERATE = 40
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
    tried = 0
    facts = {fact for item in seen for fact in _key_facts(item)}
    for item in _limited(candidates, count * _OVER_GENERATE):
        if len(kept) == count:
            break
        tried += 1
        flaws = {flaw.rule for flaw in audit_item(item, material).flaws}
        if not flaws and (set(_key_facts(item)) & facts or _is_copy(item, kept, seen, embed)):
            flaws = {NEAR_DUPLICATE}
        rejected.update(flaws)
        if flaws:
            continue
        facts.update(_key_facts(item))
        (kept if _keeps_balance(item, kept) else waiting).append(item)
    taken = waiting[: count - len(kept)]
    return Written(tuple(kept + taken), tried, dict(rejected.most_common()), spare=len(waiting) - len(taken))


def _keeps_balance(item: Item, kept: Sequence[Item]) -> bool:
    """Return whether the key stays the longest and the shortest option about as often as by chance."""
    longest = sum(longest_is_key(other) for other in kept)
    if shortest_is_key(item):
        return sum(shortest_is_key(other) for other in kept) <= len(kept) / (_OTHERS_PER_LONGEST + 1)
    return longest_is_key(item) or len(kept) - longest < _OTHERS_PER_LONGEST * (longest + 1)


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
