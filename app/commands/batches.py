"""Batches: JSONL in, JSONL out; a bad line gives an error line and the rest go on."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from corpus.errors import TutorError

Handle = Callable[[dict[str, Any]], dict[str, Any]]


class BatchError(TutorError):
    """A batch file cannot be read or written, or a line of it is not what it should be."""


def run_batch(source: Path, target: Path | None, handle: Handle, what: str) -> None:
    """Write ``handle(line)`` for each line of ``source`` to ``target``, or ``{id, error}`` where it fails.

    ``target`` appears whole at the end; a run that is broken off leaves no half file.

    Raises:
        BatchError: the files themselves cannot be read or written.
    """
    try:
        lines = [line for line in source.read_text(encoding="utf-8").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise BatchError(f"{source} cannot be read as UTF-8 text; give an existing JSONL file.") from error
    with _output(target) as file, progress_bar() as bar:
        task = bar.add_task(what, total=len(lines))
        for number, line in enumerate(lines, 1):
            print(json.dumps(_result(line, number, handle), ensure_ascii=False), file=file)
            bar.advance(task)


def progress_bar() -> Progress:
    """Return a progress bar on standard error; it shows nothing where there is no terminal."""
    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
        console=console, transient=True, disable=not console.is_terminal,
    )  # fmt: skip


def text_of(data: dict[str, Any], name: str) -> str:
    """Return the text field ``name``; raises BatchError if it is missing, empty or no text."""
    value = data.get(name)
    if not isinstance(value, str) or not value.strip():
        raise BatchError(f"the field {name!r} must be a non-empty text")
    return value


def _result(line: str, number: int, handle: Handle) -> dict[str, Any]:
    request_id: Any = None
    try:
        data = json.loads(line)
        if not isinstance(data, dict):
            raise BatchError("the line is no JSON object")
        request_id = data.get("id")
        if request_id is None:
            raise BatchError("the line has no id")
        return {"id": request_id, **handle(data)}
    except json.JSONDecodeError as error:
        return {"id": request_id, "error": f"line {number}: not JSON ({error.msg})"}
    except (TutorError, RecursionError) as error:
        return {"id": request_id, "error": f"line {number}: {error}"}


@contextmanager
def _output(target: Path | None) -> Iterator[TextIO]:
    if target is None:
        yield sys.stdout
        return
    aside = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        with aside.open("w", encoding="utf-8") as file:
            yield file
        os.replace(aside, target)
    except OSError as error:
        raise BatchError(f"{target} cannot be written ({error.strerror}); choose another file.") from error
    finally:
        aside.unlink(missing_ok=True)
