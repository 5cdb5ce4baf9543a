"""What planted changes are made on: a copy of the library, of the pack and of the cases for each."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any
from unittest.mock import patch

import app.tutor.prompts
from app.tutor.material import Material
from app.tutor.retrieve import Retriever, Weights
from app.tutor.topics import Topics
from app.tutor.tutor import Tutor, open_tutor
from app.tutor.voice import Voice
from corpus.pack import find_pack, note_paths
from evals.case import Injection, cases_dir, read_cases
from evals.context import Context
from evals.errors import EvalError
from evals.injection import HOSTILE, hostile_library
from evals.judges import CheckerJudge
from evals.libraries import copy_library
from evals.selftest_model import reading_voice
from ingest.build import ingest
from ingest.library import Library
from ingest.settings import LibrarySettings

Apply = Callable[["Bench", ExitStack], Context]


@dataclass(frozen=True)
class Change:
    """One planted change. ``reasons`` are patterns of which one must be in what a failing gate says; none: it must pass.

    ``base`` names the baseline it is compared with: ``built-in`` or ``model`` (answers worded by the reading model).
    """

    name: str
    apply: Apply
    reasons: tuple[str, ...] = ()
    base: str = "built-in"


class Bench:
    """The library of ``settings``, unchanged; changes work on copies below ``folder``."""

    def __init__(self, settings: LibrarySettings, folder: Path, seed: int = 1) -> None:
        self.settings, self.folder, self.seed = settings, folder, seed

    @cached_property
    def _vectors(self) -> LibrarySettings:
        """A library that holds the vectors of the hostile documents too, so that its copies embed little."""
        hostile = read_cases(Injection, cases_dir() / "injection.jsonl")
        return hostile_library(self.settings, hostile, open_tutor(self.settings).state().generation)

    def context(
        self,
        tutor: Tutor | None = None,
        voice: Voice | None = None,
        settings: LibrarySettings | None = None,
        cases: Path | None = None,
    ) -> Context:
        """Return a context, by default the unchanged one."""
        return Context(
            tutor or open_tutor(settings or self.settings),
            CheckerJudge(),
            cases or cases_dir(),
            settings or self.settings,
            voice,
            seed=self.seed,
        )

    def with_pack(self, change: Callable[[Path], None], *, rechunk: bool = False) -> Context:
        """Return the context over a copy of the pack that ``change`` has edited; ``rechunk`` cuts all notes anew."""
        folder = self.folder / "changed"
        shutil.rmtree(folder, ignore_errors=True)
        pack = folder / find_pack(self.settings.pack).name
        shutil.copytree(find_pack(self.settings.pack), pack)
        change(pack)
        copy = self.settings.model_copy(update={"home": folder / "home", "pack": str(pack)})
        copy_library(self._vectors, copy.home)
        library = Library(copy.library_path)
        library.set_materials(place for place in library.materials() if place.name != HOSTILE)
        if rechunk:
            library.keep_generations([])
            shutil.rmtree(copy.index_dir)
        ingest(copy)
        return self.context(settings=copy)

    def with_cases(self, change: Callable[[list[dict[str, Any]]], list[dict[str, Any]]]) -> Context:
        """Return the context over case files whose rows ``change`` has edited."""
        folder = self.folder / "cases"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for path in sorted(cases_dir().glob("*.jsonl")):
            rows = change([json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line])
            (folder / path.name).write_text("\n".join(json.dumps(row) for row in rows) + "\n", encoding="utf-8")
        return self.context(cases=folder)


def patched(target: Any, name: str, value: Any, voice: Callable[[], Voice] | None = None) -> Apply:
    """Return the change that puts ``value`` in the place of an attribute for the length of a run."""

    def apply(bench: Bench, stack: ExitStack) -> Context:
        stack.enter_context(patch.object(target, name, value))
        return bench.context(voice=voice() if voice else None)

    return apply


def weighted(**changes: Any) -> Apply:
    """Return the change of the search's weights."""
    given = Retriever.__init__

    def init(self: Retriever, material: Material, topics: Topics, weights: Weights | None = None) -> None:
        given(self, material, topics, replace(weights or Weights(), **changes))

    return patched(Retriever, "__init__", init)


def prompted(text: str) -> Apply:
    """Return the change of what a chat model is told, answered by the reading model."""
    return patched(app.tutor.prompts, "_SYSTEM", text, reading_voice)


def edited(change: Callable[[Path], None], *, rechunk: bool = False) -> Apply:
    """Return the change of a copy of the pack."""
    return lambda bench, stack: bench.with_pack(change, rechunk=rechunk)


def in_note(note: str, pattern: str, replacement: str) -> Callable[[Path], None]:
    """Return an edit of one note; it must hit something, or the self-test would test nothing."""

    def change(pack: Path) -> None:
        path = next(path for path in note_paths(pack) if path.stem == note)
        text, hits = re.subn(pattern, replacement, path.read_text(encoding="utf-8"))
        if not hits:
            raise EvalError(f"{note} does not hold {pattern!r} any more; change the self-test.")
        path.write_text(text, encoding="utf-8")

    return change


def in_every_note(edit: Callable[[str], str]) -> Callable[[Path], None]:
    """Return an edit of the text of every note."""

    def change(pack: Path) -> None:
        for path in note_paths(pack):
            path.write_bytes(edit(path.read_text(encoding="utf-8")).encode())

    return change


@contextmanager
def applied(change: Change, bench: Bench) -> Iterator[Context]:
    """Make a change for the length of a run."""
    with ExitStack() as stack:
        yield change.apply(bench, stack)
