"""all-MiniLM-L6-v2 trained on to judge pairs of texts, and its layers rounded to 8 bits.

PyTorch is used here and in the embedder only; what comes out is run by `app.tutor.reader` with ONNX Runtime.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from ingest.bert_graph import SCALE
from ingest.minilm import minilm_folder

_TOKENS_A_STEP = 4096
_BUCKET = 1024
_WARM_UP = 0.1
_DECAY = 0.01
_WORD_WEIGHT = 0.7
"""Weight of the loss on single words, against that on whole texts."""
_WORD_POSITIVE = 2.0
_STEPS = 63
"""Steps of a rounded weight on either side of zero: 7 bits, as sums of products of 8 overflow on older processors."""


@dataclass(frozen=True)
class Example:
    """An encoded pair with its label and the weight it has for each head.

    ``words`` marks the tokens of the first text that make it positive, None if unknown.
    """

    ids: NDArray[np.int64]
    types: NDArray[np.int64]
    weights: tuple[float, ...]
    positive: bool
    words: NDArray[np.float32] | None = None


class PairModel(nn.Module):
    """The encoder, whose layers are trained while its word vectors stay, and its heads."""

    def __init__(self, heads: int) -> None:
        super().__init__()
        from transformers import BertModel

        self.bert: Any = BertModel.from_pretrained(
            str(minilm_folder()), attn_implementation="sdpa", add_pooling_layer=False
        )
        for name, parameter in self.bert.named_parameters():
            parameter.requires_grad = "word_embeddings" not in name and "position_embeddings" not in name
        size = self.bert.config.hidden_size
        self.sentence, self.token, self.dropout = nn.Linear(3 * size, heads), nn.Linear(size, 1), nn.Dropout(0.1)
        nn.init.zeros_(self.sentence.weight)
        nn.init.zeros_(self.token.weight)

    def forward(self, ids: Tensor, mask: Tensor, types: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return logits [pairs, heads], logits [pairs, tokens], and which tokens are of the first text."""
        hidden = self.bert(input_ids=ids, attention_mask=mask, token_type_ids=types).last_hidden_state.float()
        ours = mask * (1 - types)
        ours[:, 0] = 0
        counted = ours.unsqueeze(-1).float()
        mean = (hidden * counted).sum(1) / counted.sum(1).clamp(min=1)
        most = hidden.masked_fill(counted == 0, -1e4).max(1).values
        sentence = self.sentence(self.dropout(torch.cat([hidden[:, 0], mean, most], 1)))
        return sentence, self.token(self.dropout(hidden)).squeeze(-1), ours

    def trained_weights(self) -> dict[str, NDArray[Any]]:
        """Return what was trained, in float32, under the names of the encoder's weights."""
        return {
            name.removeprefix("bert."): parameter.detach().numpy().copy()
            for name, parameter in self.named_parameters()
            if parameter.requires_grad
        }

    def load_trained(self, weights: Mapping[str, NDArray[Any]]) -> None:
        """Set what is trained to ``weights``."""
        for name, parameter in self.named_parameters():
            if parameter.requires_grad:
                parameter.data.copy_(torch.from_numpy(weights[name.removeprefix("bert.")]))


def rounded(weights: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Return the weights of linear layers as 8-bit integers with a scale for each output, all others in 16 bits."""
    found: dict[str, NDArray[Any]] = {}
    for name, array in weights.items():
        if name.startswith("encoder.") and array.ndim == 2:
            scale = np.abs(array).max(axis=1) / _STEPS
            found[name] = np.rint(array / scale[:, None]).astype(np.int8)
            found[name + SCALE] = scale.astype(np.float32)
        else:
            found[name] = array.astype(np.float16)
    return found


def fine_tune(
    model: PairModel,
    epochs: Sequence[Sequence[Example]],
    *,
    rate: float,
    seed: int,
    log: Callable[[str], None] = lambda line: None,
) -> PairModel:
    """Return ``model`` trained on the examples of each epoch in turn; ``rate`` is the highest learning rate."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    steps = [batch for epoch in epochs for batch in _batches(epoch, rng)]
    parameters = [p for p in model.parameters() if p.requires_grad]
    matrices, vectors = ([p for p in parameters if (p.dim() > 1) is matrix] for matrix in (True, False))
    groups = [{"params": matrices, "weight_decay": _DECAY}, {"params": vectors, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=rate, betas=(0.9, 0.98))
    model.train()
    began, seen, losses = time.monotonic(), 0, []
    for number, batch in enumerate(steps):
        for group in optimizer.param_groups:
            group["lr"] = rate * _slope((number + 1) / len(steps))
        loss = _loss(model, batch)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        seen += len(batch)
        losses.append(loss.item())
        if (number + 1) % 25 == 0:
            speed = seen / (time.monotonic() - began)
            log(f"step {number + 1} of {len(steps)}, loss {np.mean(losses[-25:]):.3f}, {speed:.1f} pairs/s")
    return model


def _slope(done: float) -> float:
    return done / _WARM_UP if done < _WARM_UP else max(0.02, (1 - done) / (1 - _WARM_UP))


def _loss(model: PairModel, batch: Sequence[Example]) -> Tensor:
    ids, mask, types, words = _collated(batch)
    with torch.autocast("cpu", torch.bfloat16):
        sentence, token, ours = model(ids, mask, types)
    weights = torch.tensor([example.weights for example in batch])
    targets = torch.tensor([[float(example.positive)] for example in batch]).expand_as(weights)
    by_head = functional.binary_cross_entropy_with_logits(sentence.float(), targets, reduction="none")
    loss = (by_head * weights).sum() / len(batch)
    known = (words >= 0) & (ours > 0)
    if known.any():
        positive = torch.tensor(_WORD_POSITIVE)
        by_word = functional.binary_cross_entropy_with_logits(token.float()[known], words[known], pos_weight=positive)
        loss = loss + _WORD_WEIGHT * by_word
    return loss


def _collated(batch: Sequence[Example]) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    shape = len(batch), max(len(example.ids) for example in batch)
    ids, mask, types = (np.zeros(shape, dtype=np.int64) for _ in range(3))
    words = np.full(shape, -1, dtype=np.float32)
    for row, example in enumerate(batch):
        length = len(example.ids)
        ids[row, :length], types[row, :length], mask[row, :length] = example.ids, example.types, 1
        if example.words is not None:
            words[row, :length] = example.words
    return torch.from_numpy(ids), torch.from_numpy(mask), torch.from_numpy(types), torch.from_numpy(words)


def _batches(examples: Sequence[Example], rng: np.random.Generator) -> Iterable[list[Example]]:
    """Return the examples in random batches of about `_TOKENS_A_STEP` tokens, those of like length together."""
    order = rng.permutation(len(examples)).tolist()
    found: list[list[Example]] = []
    for first in range(0, len(order), _BUCKET):
        batch: list[Example] = []
        for example in sorted((examples[i] for i in order[first : first + _BUCKET]), key=lambda e: len(e.ids)):
            if batch and len(example.ids) * (len(batch) + 1) > _TOKENS_A_STEP:
                found.append(batch)
                batch = []
            batch.append(example)
        found.append(batch)
    return [found[i] for i in rng.permutation(len(found))]
