"""An exam pack: a folder with ``exam.yaml``, ``notes/`` and, where there are such, ``confusions.yaml``, ``choices.yaml``,
``scenes.yaml`` and ``glossary.yaml``."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from corpus.errors import PackError
from corpus.exam import Exam, read_exam
from corpus.note import Note, read_note
from corpus.scenes import Scenes

BUILT_IN = "mls_c01"
T = TypeVar("T")


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Side(_Frozen):
    """One of the things in a confusion: its name, the note that proves it, a line of its own."""

    name: str
    note: str
    line: str


class Constraint(_Frozen):
    """A condition that decides between the sides: ``when`` it holds, ``choose`` this, ``because``."""

    when: str
    choose: str
    because: str


class Confusion(_Frozen):
    """A pair or small group that learners mix up."""

    id: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    sides: Annotated[tuple[Side, ...], Field(min_length=2, max_length=4)]
    constraints: Annotated[tuple[Constraint, ...], Field(min_length=1)]


class ChoiceSet(_Frozen):
    """Things that are weighed against each other; the options of a composed question are members of one set.

    ``ask`` names what they are ("file format"), ``question`` asks for one if that does not do. A member is its names
    with ``|`` between them, the one that is shown first; ``keys`` are those that may be asked for, all if empty; ``outside`` begin the objectives that the
    set says nothing about. ``open`` are words of needs that leave more than one member
    open, ``also`` members that meet a need as well, by words of that need.
    """

    id: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    ask: str
    question: str = ""
    members: Annotated[tuple[str, ...], Field(min_length=4)]
    keys: tuple[str, ...] = ()
    outside: tuple[str, ...] = ()
    open: tuple[str, ...] = ()
    also: dict[str, tuple[str, ...]] = Field(default_factory=dict)

    def names(self) -> dict[str, tuple[str, ...]]:
        """Return all names of each member by the one that is shown."""
        parts = [tuple(name.strip() for name in member.split("|")) for member in self.members]
        return {names[0]: names for names in parts}


class Term(_Frozen):
    """A glossary entry; ``abbreviations`` are expanded by retrieval."""

    term: str
    abbreviations: tuple[str, ...] = ()
    definition: str
    note: str | None = None


@dataclass(frozen=True)
class Pack:
    """One exam's material, read and validated file by file (cross-checks: `corpus.check`)."""

    path: Path
    exam: Exam
    notes: tuple[Note, ...]
    confusions: tuple[Confusion, ...]
    glossary: tuple[Term, ...]
    choices: tuple[ChoiceSet, ...] = ()
    scenes: Scenes = field(default_factory=Scenes)

    @property
    def id(self) -> str:
        return self.path.name


def packs_dir() -> Path:
    """Return the folder that holds the packs shipped with this package."""
    return Path(__file__).parent


def find_pack(name_or_path: str) -> Path:
    """Return the folder of a shipped pack by name, or of any pack by path.

    Raises:
        PackError: there is no such pack.
    """
    for candidate in (packs_dir() / name_or_path, Path(name_or_path).expanduser()):
        if (candidate / "exam.yaml").is_file():
            return candidate.resolve()
    shipped = ", ".join(sorted(p.parent.name for p in packs_dir().glob("*/exam.yaml")))
    raise PackError(f"There is no exam pack {name_or_path!r}; give a folder with an exam.yaml, or one of: {shipped}.")


def note_paths(pack_dir: Path) -> list[Path]:
    """Return the note files of a pack, sorted."""
    return sorted((pack_dir / "notes").rglob("*.md"))


def load_pack(pack_dir: Path) -> Pack:
    """Return the pack in ``pack_dir``.

    Raises:
        PackError: naming the first file that cannot be read.
    """
    return Pack(
        path=pack_dir,
        exam=read_exam(pack_dir / "exam.yaml"),
        notes=tuple(read_note(path) for path in note_paths(pack_dir)),
        confusions=read_confusions(pack_dir / "confusions.yaml"),
        glossary=read_glossary(pack_dir / "glossary.yaml"),
        choices=read_choices(pack_dir / "choices.yaml"),
        scenes=read_scenes(pack_dir / "scenes.yaml"),
    )


def read_confusions(path: Path) -> tuple[Confusion, ...]:
    """Return the confusions in ``path``; none if there is no such file."""
    return _read_list(path, TypeAdapter(tuple[Confusion, ...]))


def read_choices(path: Path) -> tuple[ChoiceSet, ...]:
    """Return the choice sets in ``path``; none if there is no such file."""
    return _read_list(path, TypeAdapter(tuple[ChoiceSet, ...]))


def read_scenes(path: Path) -> Scenes:
    """Return the scenes in ``path``; none if there is no such file."""
    if not path.is_file():
        return Scenes()
    try:
        return Scenes.model_validate(read_yaml(path) or {})
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise PackError(f"{path}: {where}: {first['msg']}.") from error


def read_glossary(path: Path) -> tuple[Term, ...]:
    """Return the glossary in ``path``; empty if there is no such file."""
    return _read_list(path, TypeAdapter(tuple[Term, ...]))


def _read_list(path: Path, adapter: TypeAdapter[tuple[T, ...]]) -> tuple[T, ...]:
    if not path.is_file():
        return ()
    try:
        return adapter.validate_python(read_yaml(path) or [])
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise PackError(f"{path}: entry {where}: {first['msg']}.") from error


def read_yaml(path: Path) -> object:
    """Return what the UTF-8 YAML file ``path`` holds; raises PackError if it is not readable."""
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER)
    except FileNotFoundError as error:
        raise PackError(f"There is no file {path}.") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise PackError(f"{path} is not readable YAML: {error}") from error


# The C loader reads the glossary ten times faster; both refuse arbitrary objects.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
