"""What a run was made of, as hashes, so that two runs can be told apart and a figure can be traced."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from platform import python_version

from app.llm.settings import BUILT_IN
from app.tutor.prompts import PROMPT_VERSION
from evals.context import Context
from ingest.types import content_id

_PACKAGES = ("corpus", "ingest", "app", "evals")


def fingerprint(context: Context) -> dict[str, str]:
    """Return hashes and names of pack, index, cases, prompts, models, judge and code; the seed as text."""
    tutor = context.tutor
    return {
        "pack": content_id(*sorted(tutor.material.documents)),
        "index": tutor.state().generation,
        "embedder": tutor.state().embedder,
        "cases": _files_hash(context.cases, sorted(context.cases.glob("*.jsonl"))),
        "prompts": PROMPT_VERSION,
        "model": context.voice.model.name if context.voice else BUILT_IN,
        "judge": f"{context.judge.name} {context.judge.version}",
        "code": code_hash(),
        "seed": str(context.seed),
        "python": python_version(),
        "version": _version(),
    }


def code_hash() -> str:
    """Return the hash of the program's modules and fitted weights; shipped cases and notes are hashed apart."""
    root = Path(__file__).resolve().parent.parent
    files = [
        path
        for package in _PACKAGES
        for path in sorted((root / package).rglob("*"))
        if path.suffix in (".py", ".json") and "baselines" not in path.parts and "cases" not in path.parts
    ]
    return _files_hash(root, files)


def _files_hash(root: Path, files: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in files:
        digest.update(f"{path.relative_to(root).as_posix()}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _version() -> str:
    try:
        return version("exam-tutor")
    except PackageNotFoundError:
        return "unknown"
