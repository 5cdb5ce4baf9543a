"""The audit every item passes before a learner sees it, and the report on a whole bank."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from app.quiz.bank import BankFigures, Embed, bank_figures, bank_flaws
from app.quiz.flaws import Flaw, wording_flaws
from app.quiz.proof import Material, proof_flaws
from corpus.item import Item

AUDIT_VERSION = "3"
"""Changes whenever a rule does, so that stored results can be told apart."""


@dataclass(frozen=True)
class ItemAudit:
    """The result for one item: it passes if it has no flaw."""

    item: str
    flaws: tuple[Flaw, ...]
    version: str = AUDIT_VERSION

    @property
    def passed(self) -> bool:
        return not self.flaws


@dataclass(frozen=True)
class BankAudit:
    """The results for all items, in their order, and the figures of those that passed."""

    items: tuple[ItemAudit, ...]
    figures: BankFigures | None

    @property
    def rejected(self) -> tuple[ItemAudit, ...]:
        return tuple(result for result in self.items if not result.passed)

    def reject_rates(self) -> dict[str, float]:
        """Return by rule the share of items it rejects, the most frequent first."""
        counted = Counter(rule for result in self.items for rule in {flaw.rule for flaw in result.flaws})
        return {rule: round(count / len(self.items), 4) for rule, count in counted.most_common()}


def audit_item(item: Item, material: Material) -> ItemAudit:
    """Return what is wrong with one item taken by itself."""
    return ItemAudit(item.id, (*wording_flaws(item), *proof_flaws(item, material)))


def audit_bank(items: Sequence[Item], material: Material, embed: Embed | None = None) -> BankAudit:
    """Return the audit of a bank; near-duplicates are looked for if ``embed`` turns texts into unit vectors."""
    together = bank_flaws(items, embed)
    results = [ItemAudit(item.id, (*audit_item(item, material).flaws, *together.get(item.id, ()))) for item in items]
    sound = [item for item, result in zip(items, results, strict=True) if result.passed]
    return BankAudit(tuple(results), bank_figures(sound, material.exam) if sound else None)
