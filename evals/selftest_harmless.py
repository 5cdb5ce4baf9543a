"""Twenty harmless changes that the gate must let pass."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

import app.tutor.prompts
from app.tutor.retrieve import PASSAGES, Retriever, Weights
from corpus.pack import note_paths
from evals.selftest_bench import Change, edited, in_every_note, in_note, patched, prompted, weighted
from evals.selftest_model import reading_voice


def _moved(pack: Path) -> None:
    """Rename every folder of notes."""
    for folder in sorted(path for path in (pack / "notes").iterdir() if path.is_dir()):
        folder.rename(folder.with_name(f"part-{folder.name}"))


def _new_note(pack: Path) -> None:
    (pack / "notes" / "services" / "brelvic-buffer.md").write_text(
        '---\nid: brelvic-buffer\ntitle: Brelvic buffer\nas_of: "2026-11-20"\nsources: [https://example.org/]\n---\n'
        "## What it is\n\nThe Brelvic buffer keeps the readings of wind turbines for a while.\n",
        encoding="utf-8",
    )


def _turned_list(name: str) -> Any:
    """Return an edit that turns round the order of the entries in a YAML file of the pack."""

    def change(pack: Path) -> None:
        path = pack / name
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
        path.write_text(yaml.safe_dump(data[::-1], allow_unicode=True, sort_keys=False), encoding="utf-8")

    return change


def _last_bullets_swapped(pack: Path) -> None:
    """Swap the last two bullets of a list in every tenth note."""
    for path in note_paths(pack)[::10]:
        text = path.read_text(encoding="utf-8")
        path.write_text(re.sub(r"(?m)^(- .+\n)(- .+\n)(?=\n##)", r"\2\1", text, count=1), encoding="utf-8")


def _retagged(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**row, "tags": ["renamed", *row.get("tags", [])[1:]]} if "carrier" not in row else row for row in rows]


_retrieve = Retriever.retrieve
_S = app.tutor.prompts._SYSTEM
HARMLESS = (
    Change("nothing at all", lambda bench, stack: bench.context()),
    Change("folders of notes renamed", edited(_moved)),
    Change("glossary in another order", edited(_turned_list("glossary.yaml"))),
    Change("confusions in another order", edited(_turned_list("confusions.yaml"))),
    Change("notes with Windows line ends", edited(in_every_note(lambda text: text.replace("\n", "\r\n")))),
    Change("blank lines at the end of notes", edited(in_every_note(lambda text: f"{text}\n\n\n"))),
    Change("notes with another date", edited(in_every_note(lambda text: re.sub(r'as_of: "[^"]+"', 'as_of: "2026-11-20"', text)))),
    Change("notes with other sources", edited(in_every_note(lambda text: text.replace("https://docs.aws.amazon.com/", "https://docs.example.org/")))),
    Change("notes name more to read", edited(in_every_note(lambda text: text.replace("see_also: [", "see_also: [exam-pitfalls, ", 1)))),
    Change("a note on something else added", edited(_new_note)),
    Change("bullets swapped in some notes", edited(_last_bullets_swapped)),
    Change("a heading reworded in one note", edited(in_note("amazon-polly", "## In an exam question", "## In exam questions"))),
    Change("cases in another order", lambda bench, stack: bench.with_cases(lambda rows: rows[::-1])),
    Change("cases with other tags", lambda bench, stack: bench.with_cases(_retagged)),
    Change("weight of meaning up by 0.01", weighted(dense=Weights().dense + 0.01)),
    Change("one passage more", patched(Retriever, "retrieve", lambda self, question, k=PASSAGES: _retrieve(self, question, k + 1))),
    Change("prompt reworded", prompted(_S.replace("You are a tutor for", "You help people prepare for").replace("Rules:", "Please follow these rules:")), base="model"),
    Change("prompt in another order", prompted("\n".join([_S.splitlines()[0], *_S.splitlines()[:1:-1]])), base="model"),
    Change("prompt with a wish for short words", prompted(f"{_S}\n- Prefer short words."), base="model"),
    Change("the model renamed", lambda bench, stack: bench.context(voice=reading_voice(name="reading-2")), base="model"),
)  # fmt: skip
