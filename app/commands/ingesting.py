"""``tutor ingest``."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from rich.progress import TaskID

from app.commands.batches import progress_bar
from ingest.build import ingest
from ingest.library import Library
from ingest.settings import LibrarySettings
from ingest.status import library_status

_STAGES = {"reading": "Reading", "embedding": "Embedding", "indexing": "Indexing"}


def run_ingest(add: list[Path], remove: list[Path], rebuild: bool, as_json: bool) -> None:
    """Ingest with a progress bar and say what was done."""
    settings = LibrarySettings()
    with progress_bar() as bar:
        tasks: dict[str, TaskID] = {}

        def show(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bar.add_task(_STAGES[stage], total=total)
            bar.update(tasks[stage], completed=done, total=total)

        report = ingest(settings, add=add, remove=remove, rebuild=rebuild, progress=show)
    if as_json:
        print(json.dumps(asdict(report), ensure_ascii=False))
        return
    for item in report.skipped:
        print(f"Skipped {item.path}: {item.why}")
    done = f"{report.embedded} texts embedded" if report.changed else "nothing had changed"
    print(f"{report.documents} documents, {report.chunks} passages; {done}.")


def list_material(as_json: bool) -> None:
    """Print what is in the library."""
    settings = LibrarySettings()
    status = library_status(settings)
    places = Library(settings.library_path).materials() if status else []
    if as_json:
        data = asdict(status) if status else None
        print(json.dumps({"home": str(settings.home), "library": data, "materials": [str(p) for p in places]}))
        return
    print(f"Library in {settings.home}")
    print(f"{status.documents} documents, {status.chunks} passages" if status else "Empty; run tutor ingest.")
    print(f"Exam pack: {settings.pack}")
    for place in places:
        print(f"Your own: {place}")
