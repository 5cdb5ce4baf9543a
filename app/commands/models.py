"""``tutor model``: what can speak, and local models added and removed."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn, TransferSpeedColumn
from rich.progress import Progress as Bar
from rich.table import Table

from app.llm.catalogue import CATALOGUE, entry
from app.llm.errors import ModelSettingError
from app.llm.fetch import fetch
from app.llm.offered import offered_models
from app.llm.settings import ModelSettings
from app.llm.shelf import LocalModel, Progress, add_file, added_models, remove_model


def list_models(as_json: bool) -> None:
    """Print the models that can be chosen, and the local ones that can be added."""
    settings = ModelSettings()
    offered, added = offered_models(settings), added_models(settings.home)
    can_be_added = [item for item in CATALOGUE if item.name not in {model.name for model in added}]
    if as_json:
        data = {
            "configured": settings.model, "offered": offered, "local": [asdict(model) for model in added],
            "catalogue": [asdict(item) for item in can_be_added],
        }  # fmt: skip
        print(json.dumps(data, ensure_ascii=False))
        return
    console = Console()
    for spec in offered:
        console.print(escape(f"{spec}{'  (at work)' if spec == settings.model else ''}"))
    if can_be_added:
        console.print("\nCan be added with tutor model add:")
        table = Table("name", "size", "licence", "from", box=None)
        for item in can_be_added:
            table.add_row(item.name, f"{item.size_bytes / 1e9:.2f} GB", item.licence, escape(item.repository))
        console.print(table)
    console.print("\nBedrock and OpenAI-compatible servers: --model bedrock:<id>, --model openai:<model>.")


def add_model(source: str, name: str | None, as_json: bool) -> None:
    """Fetch a model of the catalogue, or take a GGUF file; verify it; print how to use it."""
    home = ModelSettings().home
    known, file = entry(source.removeprefix("local:")), Path(source).expanduser()
    if known is not None:
        there = next((item for item in added_models(home) if item.name == known.name), None)
        model = there or _with_bar("Fetching", lambda step: fetch(known, home, progress=step))
    elif file.is_file():
        model = _with_bar("Copying", lambda step: add_file(file, home, name, step))
    else:
        names = ", ".join(item.name for item in CATALOGUE)
        raise ModelSettingError(f"{source!r} is neither a GGUF file nor one of: {names}.")
    if as_json:
        print(json.dumps(asdict(model), ensure_ascii=False))
        return
    print(f"Added {model.name} ({model.size_bytes / 1e6:,.0f} MB, SHA-256 {model.sha256[:12]}… verified).")
    print(f"Use it: tutor ask --model local:{model.name} “…”, or choose it in the sidebar.")


def _with_bar(what: str, work: Callable[[Progress], LocalModel]) -> LocalModel:
    """Return what ``work`` does under a bar that counts bytes; it shows nothing where there is no terminal."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Bar(*columns, TimeRemainingColumn(), console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(what, total=None)
        return work(lambda done, total: bar.update(task, completed=done, total=total))


def remove(name: str, as_json: bool) -> None:
    """Delete an added model."""
    model = remove_model(name.removeprefix("local:"), ModelSettings().home)
    print(json.dumps(asdict(model)) if as_json else f"Removed {model.name}.")
