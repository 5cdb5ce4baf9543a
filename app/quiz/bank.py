"""What only a whole bank shows: key letters, lengths, copies, items that give each other away, coverage."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import mean

import numpy as np
from numpy.typing import NDArray

from app.quiz.blind import BlindBot, blind_bots, display_order
from app.quiz.flaws import Flaw, length_ratio, stands_out
from app.quiz.rules import name_key
from corpus.exam import Exam
from corpus.item import Item
from ingest.words import words

Embed = Callable[[list[str]], NDArray[np.float32]]

DUPLICATE_FROM = 0.92
"""Cosine of two stems with keys from which they ask the same."""

SAME_FACT_FROM = 0.80
"""The same where both keys are also proved by the same quote."""

SAME_CONCEPT_FROM = 0.5
"""The same for two items of one form that have the same key, or a fact of their keys in common."""

ALIKE_IN_FORM_FROM = 0.68
"""The same for any two items of one form."""

_SAME_CONSTRAINT = 0.6
"""Share of the shorter constraint's words from which two items with one key turn on the same constraint."""

SHOWN_SEED = 1
"""Seed of the order in which letter statistics are taken."""

_OWN = "own rule: an item adds something to the bank"
_CLUES = "HDR 4"


@dataclass(frozen=True)
class BankFigures:
    """Figures of a bank; shares in [0, 1], ``letters_p`` the p-value of uniform key letters (chi-square)."""

    items: int
    multiple_response: float
    letters: dict[str, int]
    letters_p: float
    longest_is_key: float
    mean_length_ratio: float
    worst_length_ratio: float
    combining_facts: float
    levels: dict[str, int]
    difficulties: dict[str, int]
    domains: dict[str, int]
    forms: dict[str, int]
    objectives_missing: tuple[str, ...]
    bots: tuple[BlindBot, ...]


def bank_figures(items: Sequence[Item], exam: Exam) -> BankFigures:
    """Return the figures of a bank of at least one item."""
    letters = key_letters(items)
    ratios = [length_ratio(item) for item in items]
    single = [item for item in items if item.type == "multiple_choice"]
    covered = {item.objective for item in items}
    return BankFigures(
        items=len(items),
        multiple_response=round(1 - len(single) / len(items), 4),
        letters=letters,
        letters_p=_uniform_p([letters[letter] for letter in "ABCD"]),
        longest_is_key=round(mean([share_extreme(item, 1) for item in single] or [0.0]), 4),
        mean_length_ratio=round(mean(ratios), 4),
        worst_length_ratio=round(max(ratios), 4),
        combining_facts=round(mean(item.facts_combined >= 2 for item in items), 4),
        levels=dict(sorted(Counter(item.level for item in items).items())),
        difficulties=dict(sorted(Counter(item.difficulty for item in items).items())),
        domains=dict(sorted(Counter(item.domain for item in items).items())),
        forms=dict(sorted(Counter(str(item.form or "free") for item in items).items())),
        objectives_missing=tuple(objective for objective in exam.objectives() if objective not in covered),
        bots=tuple(blind_bots(items, SHOWN_SEED)),
    )


def key_letters(items: Sequence[Item]) -> dict[str, int]:
    """Return how often each letter is the key of a multiple choice item, in the order shown."""
    counted = dict.fromkeys("ABCD", 0)
    for item in items:
        if item.type == "multiple_choice" and len(item.options) == 4:
            order = display_order(item, SHOWN_SEED)
            counted["ABCD"[next(place for place, i in enumerate(order) if item.options[i].correct)]] += 1
    return counted


def _uniform_p(counts: Sequence[int]) -> float:
    from scipy.stats import chisquare

    return round(float(chisquare(counts).pvalue), 4) if sum(counts) else 1.0


def share_extreme(item: Item, sign: int) -> float:
    """Return the probability that the longest options (``sign`` 1), or the shortest (-1), are the keys; ties are drawn."""
    wanted = len(item.key)
    ranked = sorted((sign * len(option.text) for option in item.options), reverse=True)
    last = ranked[wanted - 1]
    sure, drawn = sum(length > last for length in ranked), sum(length == last for length in ranked)
    keys = [sign * len(option.text) for option in item.key]
    if any(length < last for length in keys) or sum(length > last for length in keys) < sure:
        return 0.0
    return 1 / math.comb(drawn, wanted - sure)


def share_without(item: Item, sign: int) -> float:
    """Return the probability to find the keys by drawing among the options that are not much longer (1) or shorter (-1)."""
    texts = [option.text for option in item.options]
    left = [option for option in item.options if stands_out(option.text, texts) != sign]
    return all(option in left for option in item.key) / math.comb(len(left), len(item.key))


def bank_flaws(items: Sequence[Item], embed: Embed | None) -> dict[str, list[Flaw]]:
    """Return by item id the flaws that show only beside the other items; copies are found if ``embed`` is given."""
    found: dict[str, list[Flaw]] = {}
    for first, second, what in [*_copies(items, embed), *_giveaways(items)]:
        found.setdefault(second.id, []).append(what)
        del first
    return found


def near_duplicates(items: Sequence[Item], others: Sequence[Item], embed: Embed) -> dict[str, str]:
    """Return by id each of ``items`` that asks the same as one of ``others`` (the id it copies)."""
    if not items or not others:
        return {}
    similarity = _vectors(items, embed) @ _vectors(others, embed).T
    found = {}
    for i, item in enumerate(items):
        for j, other in enumerate(others):
            if item.id != other.id and _same(item, other, float(similarity[i, j])):
                found[item.id] = other.id
                break
    return found


def same_concept(first: Item, second: Item) -> bool:
    """Return whether two items have the same key and turn on nearly the same constraint."""
    if not _key_names(first) & _key_names(second):
        return False
    turns_on, other = ({w for option in item.distractors for w in words(option.violates)} for item in (first, second))
    return len(turns_on & other) >= _SAME_CONSTRAINT * max(1, min(len(turns_on), len(other)))


def _key_names(item: Item) -> set[str]:
    return {name_key(option.text) for option in item.key}


def _copies(items: Sequence[Item], embed: Embed | None) -> list[tuple[Item, Item, Flaw]]:
    found: list[tuple[Item, Item, Flaw]] = []
    seen: dict[str, Item] = {}
    for item in items:
        if item.id in seen:
            found.append((seen[item.id], item, Flaw("near_duplicate", "The same item is there twice.", _OWN)))
        seen[item.id] = item
    if embed is None or len(items) < 2:
        return found
    vectors = _vectors(items, embed)
    similarity = vectors @ vectors.T
    for i, j in zip(*np.where(np.triu(similarity, 1) >= SAME_CONCEPT_FROM), strict=True):
        first, second, cosine = items[i], items[j], float(similarity[i, j])
        if first.id == second.id:
            continue
        if _same(first, second, cosine):
            what = f"Asks the same as item {first.id} (cosine {cosine:.2f})."
            found.append((first, second, Flaw("near_duplicate", what, _OWN)))
        elif first.form is not None and first.form == second.form and _same_in_form(first, second, cosine):
            what = f"Asks for the same concept as item {first.id} in the same form (cosine {cosine:.2f})."
            found.append((first, second, Flaw("same_concept", what, _OWN)))
    return found


def _same_in_form(first: Item, second: Item, cosine: float) -> bool:
    return cosine >= ALIKE_IN_FORM_FROM or bool(_key_names(first) & _key_names(second) or _shared_facts(first, second))


def _vectors(items: Sequence[Item], embed: Embed) -> NDArray[np.float32]:
    return embed([f"{item.stem} {' '.join(option.text for option in item.key)}" for item in items])


def _same(first: Item, second: Item, cosine: float) -> bool:
    if cosine >= DUPLICATE_FROM:
        return True
    return cosine >= SAME_FACT_FROM and bool(_shared_facts(first, second))


def _shared_facts(first: Item, second: Item) -> set[str]:
    one, other = ({_squeezed(proof.quote) for option in item.key for proof in option.proof} for item in (first, second))
    return one & other


def _giveaways(items: Sequence[Item]) -> list[tuple[Item, Item, Flaw]]:
    """Within a form, no stem holds nearly all words of another item's key together with what that item asks of."""
    found: list[tuple[Item, Item, Flaw]] = []
    stems = {item.id: set(words(item.stem)) for item in items}
    for second in items:
        key = {word for option in second.key for word in words(option.text)}
        if second.form is None or len(key) < 3:
            continue
        asked = stems[second.id]
        for first in items:
            if first.form != second.form or first.id == second.id:
                continue
            told = stems[first.id]
            if key <= told and len(asked & told) >= 0.6 * len(asked):
                what = f"The stem of item {first.id} in the same form gives the key away."
                found.append((first, second, Flaw("gives_away", what, _CLUES)))
    return found


def _squeezed(text: str) -> str:
    return re.sub(r"\W+", " ", text.casefold()).strip()
