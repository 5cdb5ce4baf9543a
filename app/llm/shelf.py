"""Local models that were added: GGUF files in TUTOR_HOME/models, each with a card beside it."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from app.llm.errors import ModelOutputError, ModelSettingError

GGUF = b"GGUF"
Progress = Callable[[int, int], None]
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_BLOCK = 1 << 20


@dataclass(frozen=True)
class LocalModel:
    """A model file and what it is; ``sha256`` was that of the file when it was added."""

    name: str
    file: str
    size_bytes: int
    sha256: str
    licence: str
    source: str

    def path(self, home: Path) -> Path:
        """Return where the file is kept."""
        return models_dir(home) / self.file


def models_dir(home: Path) -> Path:
    """Return the folder of local models."""
    return home / "models"


def added_models(home: Path) -> list[LocalModel]:
    """Return the models that were added and are still there, by name."""
    found = []
    for card in sorted(models_dir(home).glob("*.json")):
        try:
            model = LocalModel(**json.loads(card.read_text(encoding="utf-8")))
        except (ValueError, TypeError, OSError):
            continue
        if model.path(home).is_file():
            found.append(model)
    return found


def find_model(name: str, home: Path) -> Path:
    """Return the file of an added model, or ``name`` itself if it is a GGUF file.

    Raises:
        ModelSettingError: it is neither.
    """
    for model in added_models(home):
        if model.name == name:
            return model.path(home)
    path = Path(name).expanduser()
    if path.is_file() and is_gguf(path):
        return path.resolve()
    raise ModelSettingError(f"There is no local model {name!r}; see tutor model list, or add it with tutor model add.")


def add_file(file: Path, home: Path, name: str | None = None, progress: Progress | None = None) -> LocalModel:
    """Copy a GGUF file into the folder of local models, verify the copy, and return the model.

    Raises:
        ModelSettingError: it is no GGUF file, or the name is not one.
        ModelOutputError: the copy differs from the file.
    """
    if not file.is_file() or not is_gguf(file):
        raise ModelSettingError(f"{file} is no GGUF model file; give one, or a name of tutor model list.")
    name = clean_name(name or file.stem)
    aside = models_dir(home) / f"{name}.gguf.part"
    aside.parent.mkdir(parents=True, exist_ok=True)
    digest, done, size = hashlib.sha256(), 0, file.stat().st_size
    with file.open("rb") as source, aside.open("wb") as target:
        while block := source.read(_BLOCK):
            target.write(block)
            digest.update(block)
            done += len(block)
            if progress is not None:
                progress(done, size)
        target.flush()
        os.fsync(target.fileno())
    if sha256_of(aside) != digest.hexdigest():
        aside.unlink()
        raise ModelOutputError(f"The copy of {file} is damaged; check the disk and try again.")
    model = LocalModel(name, f"{name}.gguf", size, digest.hexdigest(), "as its maker says", str(file.resolve()))
    return keep(model, aside, home)


def keep(model: LocalModel, verified: Path, home: Path) -> LocalModel:
    """Move a verified file to its place and write its card; the model is there only when both are."""
    os.replace(verified, model.path(home))
    card = models_dir(home) / f"{model.name}.json"
    aside = card.with_suffix(".json.tmp")
    aside.write_text(json.dumps(asdict(model), indent=1), encoding="utf-8")
    os.replace(aside, card)
    return model


def remove_model(name: str, home: Path) -> LocalModel:
    """Delete an added model, and return what it was.

    Raises:
        ModelSettingError: there is no such model.
    """
    for model in added_models(home):
        if model.name == name:
            (models_dir(home) / f"{name}.json").unlink(missing_ok=True)
            model.path(home).unlink(missing_ok=True)
            return model
    raise ModelSettingError(f"There is no local model {name!r}; see tutor model list.")


def is_damaged(model: LocalModel, home: Path) -> bool:
    """Return whether the file is no longer what was added; reads all of it."""
    return sha256_of(model.path(home)) != model.sha256


def is_gguf(path: Path) -> bool:
    """Return whether a file begins as GGUF files do."""
    with path.open("rb") as file:
        return file.read(4) == GGUF


def clean_name(name: str) -> str:
    """Return ``name`` as a model's name: lower case, no spaces.

    Raises:
        ModelSettingError: nothing that can be a name is left.
    """
    name = re.sub(r"[^a-z0-9._-]+", "-", name.casefold()).strip("-._")
    if not _NAME.fullmatch(name):
        raise ModelSettingError(
            "A model's name has letters, digits, dots and dashes, 64 at most; give one with --name."
        )
    return name


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
