"""The folder of a run: made, found again after a kill, and its passages, each once."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from app.tutor.types import Passage
from evals.errors import EvalError
from evals.record import PLAN, SUMMARY


def runs_in(folder: Path) -> list[Path]:
    """Return the folders of finished runs, the newest first."""
    found = [path.parent for path in folder.glob(f"*/{SUMMARY}")] if folder.is_dir() else []
    return sorted(found, key=lambda path: path.name, reverse=True)


def new_folder(folder: Path, settled: dict[str, Any], now: datetime) -> Path:
    """Return a folder for a run that begins ``now``, with what is ``settled`` about it; raises EvalError."""
    target = folder / f"{now:%Y%m%d-%H%M%S}-{uuid4().hex[:4]}"
    try:
        target.mkdir(parents=True)
        (target / PLAN).write_text(json.dumps({**settled, "started": now.isoformat()}, indent=1), encoding="utf-8")
    except OSError as error:
        raise EvalError(f"{target} cannot be written ({error.strerror}); choose another TUTOR_HOME.") from error
    return target


def unfinished(folder: Path, settled: dict[str, Any]) -> Path | None:
    """Return the newest folder of the same plan without a summary."""
    for path in sorted(folder.glob(f"*/{PLAN}"), reverse=True):
        if (path.parent / SUMMARY).exists():
            continue
        try:
            plan = json.loads(path.read_text(encoding="utf-8"))
        except ValueError:
            continue
        if all(plan.get(name) == value for name, value in settled.items()):
            return path.parent
    return None


class PassageFile:
    """The passages that answers of a run were made from, each once."""

    def __init__(self, path: Path) -> None:
        self._path = path
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        self._known = {row["id"] for row in _whole(lines)}

    def add(self, passages: Iterable[Passage]) -> None:
        """Append those that are new."""
        new = [passage for passage in passages if passage.id not in self._known]
        if new:
            with self._path.open("a", encoding="utf-8") as file:
                for passage in new:
                    row = {"id": passage.id, "path": passage.path, "heading": passage.heading, "text": passage.text}
                    file.write(json.dumps(row, ensure_ascii=False) + "\n")
            self._known.update(passage.id for passage in new)


def _whole(lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    """Yield the rows of lines that are whole; a kill may have cut the last one."""
    for line in lines:
        try:
            yield json.loads(line)
        except ValueError:
            continue
