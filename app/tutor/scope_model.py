"""The fitted models of the scope decision: what they weigh, and how they come from their file."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.tutor.question import Kind
from app.tutor.trees import Forest, Tree

WEIGHTS_PATH = Path(__file__).with_name("scope_weights.json")
_LARGEST_LOGIT = 5.0


@dataclass(frozen=True)
class Signals:
    """What speaks for or against an answer in the material; all in [0, 1].

    ``similarity``, ``unit_similarity``: best cosine of a chunk, of a sentence. ``standout``: how far the best sentence lies
    above the mean of its document. ``coverage``, ``unit_coverage``, ``corpus_coverage``: share of the question's words,
    weighed by rarity, in the best three passages, in the best sentence with its headings, anywhere.
    ``residual``: the same for the words beyond topic names, in the best sentence. ``rarest_missing``,
    ``unknown``: relative rarity of the rarest word that the best passages lack; share of words, topic names aside, that occur nowhere.
    ``beyond_similarity``: best cosine of a sentence with the question stripped of topic names.
    ``familiar``: how much the question, its topics masked, resembles those that study notes answer (`AskedModel`).
    ``covered``: 1 if one sentence on a topic that is named covers the question in every word.
    ``foreign``: 1 if the question asks for what study notes never hold (prices, people, dates of release, other vendors,
    errands, trivia). ``length``: number of words, 15 and more as 1. ``named``: 1 if a topic is named for sure.
    ``closest``, ``fifth``: cosine of the closest and of the fifth closest sentence of the whole material. ``ahead``,
    ``far_ahead``, ``very_far_ahead``: by how much the closest is closer than the second, the tenth, the hundredth. ``alike``: the
    logarithm, a tenth of it, of how many sentences are about as close as the closest.
    """

    similarity: float
    unit_similarity: float
    standout: float
    coverage: float
    unit_coverage: float
    corpus_coverage: float
    residual: float
    rarest_missing: float
    unknown: float
    beyond_similarity: float
    familiar: float
    covered: float
    foreign: float
    length: float
    named: float
    closest: float
    fifth: float
    ahead: float
    far_ahead: float
    very_far_ahead: float
    alike: float


@dataclass(frozen=True)
class AskedModel:
    """A linear model on the embedding of a question whose topics are masked.

    It holds for the notes of one pack (``source`` of its documents) and for one ``embedder`` only.
    """

    source: str
    embedder: str
    intercept: float
    weights: tuple[float, ...]

    def familiar(self, vector: NDArray[np.float32]) -> float:
        """Return in [0, 1] how much a question of this ``vector`` resembles those that notes answer."""
        z = self.intercept + float(np.dot(self.weights, vector))
        return max(-_LARGEST_LOGIT, min(_LARGEST_LOGIT, z)) / (2 * _LARGEST_LOGIT) + 0.5


@dataclass(frozen=True)
class Linear:
    """Logistic weights: one set for all questions, one added for those that name a topic, one by the kind of question."""

    intercept: float
    shared: dict[str, float]
    if_named: dict[str, float]
    kinds: dict[str, float]

    def logit(self, found: Signals, kind: Kind) -> float:
        values: dict[str, float] = asdict(found)
        return (
            self.intercept
            + self.kinds.get(kind, 0.0)
            + sum(weight * values[name] for name, weight in self.shared.items())
            + found.named * sum(weight * values[name] for name, weight in self.if_named.items())
        )


@dataclass(frozen=True)
class Trees:
    """Boosted trees over the signals ``names``, and over which of ``kinds`` a question is."""

    names: tuple[str, ...]
    kinds: tuple[str, ...]
    forest: Forest

    def logit(self, found: Signals, kind: Kind) -> float:
        values = asdict(found)
        row = [*(values[name] for name in self.names), *(float(kind == name) for name in self.kinds)]
        return self.forest.margin(row)


@dataclass(frozen=True)
class ScopeModel:
    """Decides by the mean logit of its parts; a question is out of scope below the probability ``threshold``.

    Trees alone are better on questions like those they were fitted on and worse on others; the linear model holds them.
    """

    linear: Linear
    trees: Trees | None
    threshold: float

    def probability(self, found: Signals, kind: Kind) -> float:
        """Return the estimated probability that the material holds the answer."""
        logits = [part.logit(found, kind) for part in (self.linear, self.trees) if part is not None]
        return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, sum(logits) / len(logits)))))


@dataclass(frozen=True)
class Fitted:
    """What `evals.fit_scope` writes.

    ``pack`` decides about questions on the pack that it was fitted on; ``other`` leaves out `Signals.familiar` and
    `Signals.foreign`, which tell what the notes of that pack hold, and decides about anybody's own material. It has no
    trees because less is known there.
    """

    asked: AskedModel
    pack: ScopeModel
    other: ScopeModel


@cache
def shipped() -> Fitted:
    """Return the fitted models that ship with the program."""
    data = json.loads(WEIGHTS_PATH.read_text(encoding="utf-8"))
    models = {}
    for name in ("pack", "other"):
        part = data[name]
        trees = None
        if part["trees"] is not None:
            forest = part["trees"].pop("forest")
            trees = Trees(**part["trees"], forest=Forest(forest["bias"], tuple(Tree(**t) for t in forest["trees"])))
        models[name] = ScopeModel(Linear(**part["linear"]), trees, part["threshold"])
    return Fitted(asked=AskedModel(**data["asked"]), **models)
