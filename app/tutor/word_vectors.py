"""How near words are to each other in meaning: vectors of single words, shipped as a small table.

The vectors come from all-MiniLM-L6-v2 (each word embedded alone), on their 64 principal directions in 8 bits
(`python -m evals.word_vectors`). They tell a word that a passage says in other words from one it does not speak of.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from io import BytesIO

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class WordVectors:
    """``matrix`` holds a unit vector (float32) for each stem in ``rows``."""

    rows: dict[str, int]
    matrix: NDArray[np.float32]

    def nearest(self, stems: Iterable[str], known: Iterable[str]) -> dict[str, float]:
        """Return for each of ``stems`` its largest cosine with one of ``known``, in [0, 1]; 0 where a word has no vector."""
        found = dict.fromkeys(stems, 0.0)
        ours = [stem for stem in found if stem in self.rows]
        theirs = [self.rows[stem] for stem in known if stem in self.rows]
        if ours and theirs:
            cosines = self.matrix[theirs] @ self.matrix[[self.rows[stem] for stem in ours]].T
            found.update(zip(ours, (float(min(1.0, max(0.0, c))) for c in cosines.max(axis=0)), strict=True))
        return found


@cache
def shipped_vectors() -> WordVectors:
    """Return the vectors that come with the package."""
    raw = (files("app.tutor") / "word_vectors.npz").read_bytes()
    with np.load(BytesIO(raw), allow_pickle=False) as data:
        stems = bytes(data["stems"]).decode("utf-8").split("\n")
        matrix = data["vectors"].astype(np.float32)
    return WordVectors(
        {stem: i for i, stem in enumerate(stems)}, matrix / np.linalg.norm(matrix, axis=1, keepdims=True)
    )
