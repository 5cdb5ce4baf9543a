"""Trains the changes that bring a question's vector nearer to the sentences that answer it; nothing else imports this.

The vectors of sentences stay as they are, so an index is never made anew: only questions are embedded another way.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils import parametrize

from ingest.adapter import Adapter

_BATCH = 32
_POOL = 8
_WARM_UP = 0.1


@dataclass(frozen=True)
class Tuning:
    """How to train: ``rate`` is the highest learning rate, ``temperature`` divides cosines, ``scale`` multiplies changes."""

    epochs: int = 10
    rank: int = 16
    rate: float = 5e-4
    temperature: float = 0.05
    scale: float = 2.0
    seed: int = 0


@dataclass(frozen=True)
class Asked:
    """A question and the rows of the vectors of all sentences that answer it."""

    text: str
    rows: tuple[int, ...]


class _LowRank(nn.Module):
    def __init__(self, weight: Tensor, rank: int, scale: float) -> None:
        super().__init__()
        outputs, inputs = weight.shape
        self.right = nn.Parameter(torch.randn(rank, inputs) / math.sqrt(inputs))
        self.left = nn.Parameter(torch.zeros(outputs, rank))
        self.scale = scale

    def forward(self, weight: Tensor) -> Tensor:
        return weight + self.scale * (self.left @ self.right)


def tune(
    model: Any,
    asked: Sequence[Asked],
    sentences: NDArray[np.float32],
    how: Tuning,
    log: Callable[[str], None] = lambda line: None,
) -> Adapter:
    """Return the changes to the sentence-transformers ``model`` after training on ``asked``.

    The loss is the negative log of the probability, among all ``sentences`` [sentences, dimension], of those that
    answer (InfoNCE, van den Oord et al. 2018, arXiv 1807.03748, with several positives).
    """
    torch.manual_seed(how.seed)
    encoder = model[0].auto_model
    changed = _changeable(encoder, how)
    all_sentences = torch.from_numpy(sentences)
    rng = random.Random(how.seed)
    steps = [batch for _ in range(how.epochs) for batch in _batches(asked, rng)]
    parameters = [p for p in encoder.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(parameters, lr=how.rate, weight_decay=0.01)
    encoder.train()
    losses: list[float] = []
    for number, batch in enumerate(steps):
        for group in optimizer.param_groups:
            done = (number + 1) / len(steps)
            group["lr"] = how.rate * min(1.0, done / _WARM_UP, (1 - done) / (1 - _WARM_UP) + 1e-3)
        logits = _vectors(model, [asked[i].text for i in batch]) @ all_sentences.T / how.temperature
        others = torch.full_like(logits, -torch.inf)
        for row, i in enumerate(batch):
            others[row, list(asked[i].rows)] = 0.0
        loss = (logits.logsumexp(1) - (logits + others).logsumexp(1)).mean()
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        losses.append(loss.item())
        if (number + 1) % 50 == 0:
            log(f"step {number + 1} of {len(steps)}, loss {sum(losses[-50:]) / 50:.3f}")
    encoder.eval()
    found: Adapter = {}
    for name, change in changed.items():
        found[f"{name}.left"] = (change.scale * change.left).detach().to(torch.float16).numpy()
        found[f"{name}.right"] = change.right.detach().to(torch.float16).numpy()
    return found


def _changeable(encoder: Any, how: Tuning) -> dict[str, _LowRank]:
    """Freeze ``encoder`` and give each linear layer of it low-rank changes to train."""
    for parameter in encoder.parameters():
        parameter.requires_grad = False
    changed = {}
    linear = [(name, module) for name, module in encoder.encoder.named_modules() if isinstance(module, nn.Linear)]
    for name, module in linear:
        change = _LowRank(module.weight, how.rank, how.scale)
        parametrize.register_parametrization(module, "weight", change)
        changed[f"encoder.{name}.weight"] = change
    return changed


def _vectors(model: Any, texts: list[str]) -> Tensor:
    batch = model.tokenizer(texts, padding=True, truncation=True, max_length=128, return_tensors="pt")
    with torch.autocast("cpu", dtype=torch.bfloat16):
        hidden = model[0].auto_model(**batch).last_hidden_state
    there = batch["attention_mask"].unsqueeze(-1).float()
    return functional.normalize((hidden.float() * there).sum(1) / there.sum(1), dim=1)


def _batches(asked: Sequence[Asked], rng: random.Random) -> Iterator[list[int]]:
    """Yield batches in random order, each of questions of about the same length."""
    order = list(range(len(asked)))
    rng.shuffle(order)
    batches = []
    for first in range(0, len(order), _BATCH * _POOL):
        pool = sorted(order[first : first + _BATCH * _POOL], key=lambda i: len(asked[i].text))
        batches += [pool[i : i + _BATCH] for i in range(0, len(pool), _BATCH)]
    rng.shuffle(batches)
    yield from batches
