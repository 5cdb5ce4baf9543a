"""Copies of a library to change: nothing that an eval does touches the learner's own."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from ingest.settings import LibrarySettings


def copy_library(settings: LibrarySettings, home: Path) -> None:
    """Copy library and index to ``home``, so that only what is added there is embedded."""
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    with (
        closing(sqlite3.connect(settings.library_path)) as source,
        closing(sqlite3.connect(home / "library.sqlite")) as target,
    ):
        source.backup(target)
    shutil.copytree(settings.index_dir, home / "index")
    models = settings.home / "models"
    if models.is_dir():
        try:
            (home / "models").symlink_to(models.resolve(), target_is_directory=True)
        except OSError:
            shutil.copytree(models, home / "models")
