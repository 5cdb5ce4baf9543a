"""Small trained changes to the shipped weights (LoRA, Hu et al. 2021, arXiv 2106.09685), and the weights with them added.

A file holds for a changed weight ``NAME`` the factors ``NAME.left`` [outputs, rank] and ``NAME.right`` [rank, inputs],
16 bits each; its metadata say what they were trained from.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Adapter = dict[str, NDArray[np.float16]]
_LEFT, _RIGHT = ".left", ".right"


def changes_of(adapter: Mapping[str, NDArray[np.float16]]) -> dict[str, NDArray[np.float32]]:
    """Return what is to be added to each weight that the adapter changes."""
    return {
        name.removesuffix(_LEFT): left.astype(np.float32)
        @ adapter[name.removesuffix(_LEFT) + _RIGHT].astype(np.float32)
        for name, left in adapter.items()
        if name.endswith(_LEFT)
    }


def read_changes(path: Path) -> dict[str, NDArray[np.float32]]:
    """Return the changes in the file at ``path``."""
    from safetensors.numpy import load_file

    return changes_of(load_file(path))
