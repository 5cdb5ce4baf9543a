"""Bots that never read the stem for its meaning: on a sound bank they score no better or worse than chance."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.quiz.flaws import mean_overlap
from corpus.item import Item
from ingest.words import words

Score = Callable[[Item, int], float]
BAND = 0.95


@dataclass(frozen=True)
class BlindBot:
    """A bot's result: ``right`` of ``items``, the share ``expected`` by chance, the two-sided p-value, Holm-corrected."""

    name: str
    right: int
    items: int
    expected: float
    p_value: float
    p_holm: float

    @property
    def in_band(self) -> bool:
        """Whether the result is what chance does in 95 % of banks."""
        return self.p_holm >= 1 - BAND


def _longest(item: Item, i: int) -> float:
    return len(item.options[i].text)


def _shortest(item: Item, i: int) -> float:
    return -len(item.options[i].text)


def _most_shared(item: Item, i: int) -> float:
    shown = set(words(item.options[i].text))
    return len(shown & set(words(item.stem))) / max(1, len(shown))


def _most_specific(item: Item, i: int) -> float:
    text = item.options[i].text
    return len(re.findall(r"\d+|`[^`]+`|\b[A-Z][\w-]*|,", text))


_SCORES: dict[str, Score] = {
    "longest option": _longest,
    "shortest option": _shortest,
    "most words of the stem": _most_shared,
    "most specific": _most_specific,
    "most in common with the others": mean_overlap,
}


def display_order(item: Item, seed: int) -> list[int]:
    """Return the indices of the options in the order in which they are shown for ``seed``."""
    order = list(range(len(item.options)))
    random.Random(f"{seed}:{item.id}").shuffle(order)
    return order


def blind_bots(items: Sequence[Item], seed: int) -> list[BlindBot]:
    """Return how each bot does on ``items``, options in the order of ``seed``; ties go to the option shown first."""
    chance = [1 / math.comb(len(item.options), len(item.key)) for item in items]
    results = {name: [_picks(item, score, seed) for item in items] for name, score in _SCORES.items()}
    for letter in range(4):
        results[f"always {'ABCD'[letter]}"] = [_letter(item, letter, seed) for item in items]
    results["classifier on the options alone"] = _classifier(items, seed)
    raw = {name: _two_sided(sum(hits), chance) for name, hits in results.items()}
    corrected = _holm(raw)
    expected = sum(chance) / max(1, len(chance))
    return [
        BlindBot(name, sum(hits), len(items), round(expected, 4), round(raw[name], 4), round(corrected[name], 4))
        for name, hits in results.items()
    ]


def _picks(item: Item, score: Score, seed: int) -> bool:
    order = display_order(item, seed)
    ranked = sorted(order, key=lambda i: -score(item, i))
    return all(item.options[i].correct for i in ranked[: len(item.key)])


def _letter(item: Item, letter: int, seed: int) -> bool:
    order = display_order(item, seed)
    chosen = [order[(letter + step) % len(order)] for step in range(len(item.key))]
    return all(item.options[i].correct for i in chosen)


def _classifier(items: Sequence[Item], seed: int) -> list[bool]:
    """Return per item whether a logistic regression fitted on the options of other items finds the key."""
    if len(items) < 20:
        return [False] * len(items)
    from sklearn.linear_model import LogisticRegression

    rows = [[_features(item, i) for i in range(len(item.options))] for item in items]
    folds = list(range(len(items)))
    random.Random(seed).shuffle(folds)
    hits = [False] * len(items)
    for fold in range(5):
        held_out = [index for position, index in enumerate(folds) if position % 5 == fold]
        kept = set(folds) - set(held_out)
        x = [row for index in sorted(kept) for row in rows[index]]
        y = [option.correct for index in sorted(kept) for option in items[index].options]
        model = LogisticRegression(max_iter=500).fit(x, y)
        for index in held_out:
            scores = model.decision_function(rows[index])
            ranked = sorted(display_order(items[index], seed), key=lambda i: -round(float(scores[i]), 9))
            hits[index] = all(items[index].options[i].correct for i in ranked[: len(items[index].key)])
    return hits


def _features(item: Item, i: int) -> list[float]:
    texts = [option.text for option in item.options]
    mean_length = sum(map(len, texts)) / len(texts)
    text = texts[i]
    return [
        len(text) / mean_length,
        sorted(map(len, texts)).index(len(text)) / len(texts),
        len(text.split()) / 10,
        _most_specific(item, i) / 5,
        mean_overlap(item, i),
        float("," in text),
        float(" and " in text),
        float(" with " in text),
        float(bool(re.search(r"\d", text))),
        float("SageMaker" in text),
        float(bool(re.search(r"Amazon|AWS", text))),
        float(bool(re.search(r"\bmanual|custom|own\b", text, re.I))),
        float(bool(re.search(r"EC2|EMR|Lambda", text))),
    ]


def _two_sided(right: int, chance: Sequence[float]) -> float:
    """Return the exact two-sided p-value of ``right`` hits when item i is hit with probability ``chance[i]``."""
    distribution = [1.0]
    for p in chance:
        distribution = [
            (distribution[k] if k < len(distribution) else 0.0) * (1 - p) + (distribution[k - 1] * p if k else 0.0)
            for k in range(len(distribution) + 1)
        ]
    observed = distribution[right]
    return min(1.0, sum(weight for weight in distribution if weight <= observed * (1 + 1e-9)))


def _holm(p_values: dict[str, float]) -> dict[str, float]:
    """Return Holm's step-down correction (Holm 1979, Scandinavian Journal of Statistics 6) of named p-values."""
    corrected: dict[str, float] = {}
    running = 0.0
    for rank, (name, p) in enumerate(sorted(p_values.items(), key=lambda entry: entry[1])):
        running = max(running, min(1.0, p * (len(p_values) - rank)))
        corrected[name] = running
    return corrected
