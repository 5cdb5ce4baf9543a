"""``tutor quiz write``."""

from __future__ import annotations

import json
from pathlib import Path

import yaml
from rich.console import Console
from rich.markup import escape
from rich.panel import Panel

from app.commands.items import item_embedder
from app.quiz.compose import Composer
from app.quiz.proof import Material
from app.quiz.writer import Written, keep_sound
from corpus.errors import TutorError
from corpus.item import Item, read_bank
from corpus.pack import find_pack, load_pack


def run_quiz_write(objective: str, count: int, seed: int, pack: str, out: Path | None, as_json: bool) -> int:
    """Compose items, audit them, print those that passed; return 1 if there are fewer than wanted."""
    folder = find_pack(pack)
    material = Material.of(load_pack(folder))
    check_objective(objective, material)
    composed = Composer(material).compose(objective, seed)
    written = keep_sound(composed, count, material, item_embedder(), read_bank(folder))
    if out is not None:
        out.write_text(_as_yaml(written.items), encoding="utf-8")
    if as_json:
        print(json.dumps(_as_json(written), ensure_ascii=False))
    else:
        _print_written(written, count, out)
    return 0 if len(written.items) == count else 1


def check_objective(objective: str, material: Material) -> None:
    """Raise TutorError unless ``objective`` is an id of the blueprint, or the beginning of one."""
    known = material.exam.objectives()
    if objective and not any(f"{o}.".startswith(f"{objective}.") for o in known):
        raise TutorError(
            f"There is no objective {objective!r}; use a domain (3), a task (3.2) or an objective (3.2.1)."
        )


def _as_json(written: Written) -> dict[str, object]:
    return {
        "items": [{"id": item.id, **item.model_dump(mode="json")} for item in written.items],
        "tried": written.tried,
        "rejected": written.rejected,
        "dropped": written.dropped,
    }


def _as_yaml(items: tuple[Item, ...]) -> str:
    data = [item.model_dump(mode="json", exclude_defaults=True) for item in items]
    return yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=120)


def _print_written(written: Written, count: int, out: Path | None) -> None:
    console = Console()
    if out is None:
        for number, item in enumerate(written.items, 1):
            print_item(console, item, list(range(len(item.options))), f"{number}. Objective {item.objective}")
            for option in item.options:
                console.print(escape(f"   {'✓' if option.correct else '✗'} {option.why}"), style="dim")
    where = f", written to {out}" if out else ""
    console.print(f"{len(written.items)} of {count} items kept of {written.tried} tried{where}.")
    for rule, times in written.rejected.items():
        console.print(f"  rejected by {rule}: {times}")


def print_item(console: Console, item: Item, order: list[int], title: str) -> None:
    """Print a question with numbered options."""
    lines = [item.stem, "", *(f"{place}  {item.options[i].text}" for place, i in enumerate(order, 1))]
    console.print(Panel(escape("\n".join(lines)), title=escape(title), title_align="left"))
