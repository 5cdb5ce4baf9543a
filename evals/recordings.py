"""What a chat model once said over which passages, as JSON lines: enough to check it again without model or library."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

from app.tutor.source import Source
from corpus.markdown import Unit

Variant = Literal["plain", "schema"]
VARIANTS: tuple[Variant, ...] = ("plain", "schema")
RECORDED = Path(__file__).with_name("recorded")


@dataclass(frozen=True)
class Spoken:
    """What a model said, as it came; ``error`` says what went wrong if it broke off."""

    raw: str
    seconds: float
    tokens: int
    error: str = ""


@dataclass(frozen=True)
class Recording:
    """What ``model`` said to ``question`` by how it was asked: in plain words, or for a quote first by a schema.

    ``sources`` are the passages as the sentence check reads them. Verdicts are not recorded: the check of today gives them.
    """

    id: str
    question: str
    model: str
    prompt_version: str
    sources: tuple[Source, ...]
    said: dict[Variant, Spoken]


def recording_to_json(recording: Recording) -> str:
    """Return a recording as one line of JSON."""
    return json.dumps(asdict(recording), ensure_ascii=False)


def read_recordings(path: Path) -> list[Recording]:
    """Return the recordings in a file; none if there is no such file. A last line that a kill cut off is not one."""
    lines = path.read_text(encoding="utf-8").split("\n")[:-1] if path.is_file() else []
    return [_recording(json.loads(line)) for line in lines]


def drop_cut_line(path: Path) -> None:
    """Remove what follows the last end of line, so that one can append."""
    if path.is_file():
        whole = path.read_bytes()
        path.write_bytes(whole[: whole.rfind(b"\n") + 1])


def at_the_start(source: Source) -> Source:
    """Return a source whose spans count from its own first character, wherever it stood in its document."""
    units = tuple(replace(u, start=u.start - source.offset, end=u.end - source.offset) for u in source.units)
    return replace(source, units=units, offset=0)


def _recording(row: dict[str, Any]) -> Recording:
    sources = [Source(**{**s, "units": tuple(Unit(**unit) for unit in s["units"])}) for s in row["sources"]]
    said = {variant: Spoken(**row["said"][variant]) for variant in VARIANTS}
    return Recording(**{**row, "sources": tuple(sources), "said": said})
