"""``tutor quiz write``."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

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

if TYPE_CHECKING:
    from app.quiz.model_writer import ModelWritten

_TOKENS_OF_AN_ITEM = 2000


def run_quiz_write(objective: str, count: int, seed: int, pack: str, out: Path | None, as_json: bool) -> int:
    """Compose items, audit them, print those that passed; return 1 if there are fewer than wanted."""
    folder = find_pack(pack)
    material = Material.of(load_pack(folder))
    check_objective(objective, material)
    check_choices(material)
    composed = Composer(material).compose(objective, seed)
    written = keep_sound(composed, count, material, item_embedder(), read_bank(folder))
    _save(written.items, out)
    if as_json:
        print(json.dumps(_as_json(written), ensure_ascii=False))
        return 0 if len(written.items) == count else 1
    console = Console()
    _print_items(console, written.items, out)
    where = f", written to {out}" if out else ""
    console.print(f"{len(written.items)} of {count} items kept of {written.tried} tried{where}.")
    for rule, times in written.rejected.items():
        console.print(f"  rejected by {rule}: {times} ({times / written.tried:.0%})")
    return 0 if len(written.items) == count else 1


def run_quiz_write_by_model(
    spec: str, objective: str, count: int, seed: int, pack: str, out: Path | None, as_json: bool
) -> int:
    """Let a chat model write items, store what passed for quizzes, print it; return 1 if there are fewer than wanted."""
    from app.learner.items import ItemRecords
    from app.learner.store import open_store
    from app.llm.factory import limits, open_model
    from app.llm.settings import ModelSettings
    from app.quiz.model_writer import ModelWriter
    from app.ui.settings import UiSettings

    settings = ModelSettings()
    settings = settings.model_copy(update={"max_tokens": max(settings.max_tokens, _TOKENS_OF_AN_ITEM)})
    model = open_model(spec, settings)
    if model is None:
        raise TutorError("The built-in model quotes and does not write; leave --model out to compose questions.")
    folder = find_pack(pack)
    material = Material.of(load_pack(folder))
    check_objective(objective, material)
    ui = UiSettings()
    records = ItemRecords(open_store(ui.home, ui.database_url).database)
    writer = ModelWriter(model, material, limits(model, settings), item_embedder())
    written = writer.write(objective, count, seed, [*read_bank(folder), *records.stored()])
    records.keep_generated(written.items, written.quarantined, written.guessable)
    _save(written.items, out)
    if as_json:
        print(json.dumps(_model_json(written), ensure_ascii=False))
    else:
        _print_model_run(written, count, out)
    return 0 if len(written.items) == count else 1


def check_objective(objective: str, material: Material) -> None:
    """Raise TutorError unless ``objective`` is an id of the blueprint, or the beginning of one."""
    known = material.exam.objectives()
    if objective and not any(f"{o}.".startswith(f"{objective}.") for o in known):
        raise TutorError(
            f"There is no objective {objective!r}; use a domain (3), a task (3.2) or an objective (3.2.1)."
        )


def check_choices(material: Material) -> None:
    """Raise TutorError if a material has no choice sets, from which questions are composed."""
    if not material.choices:
        raise TutorError(
            "No questions can be composed for this pack, because it has no choices.yaml; write one that lists what is weighed"
            " against each other (at least four things a set), or let a chat model write the questions with --model."
        )


def _as_json(written: Written) -> dict[str, object]:
    return {
        "items": [{"id": item.id, **item.model_dump(mode="json")} for item in written.items],
        "tried": written.tried,
        "pass_rate": round(written.pass_rate, 4),
        "rejected": written.rejected,
        "dropped": written.dropped,
    }


def _model_json(written: ModelWritten) -> dict[str, object]:
    return {
        "items": [
            {"id": item.id, "guessable": item.id in written.guessable, **item.model_dump(mode="json")}
            for item in written.items
        ],
        "quarantined": {item.id: reason for item, reason in written.quarantined.items()},
        "tried": written.tried,
        "pass_rate": round(written.pass_rate, 4),
        "rejected": written.rejected,
        "dropped": written.dropped,
        "stopped": written.stopped,
        "tokens": written.usage.tokens,
    }


def _print_model_run(written: ModelWritten, count: int, out: Path | None) -> None:
    console = Console()
    _print_items(console, written.items, out)
    console.print(
        f"{len(written.items)} of {count} items kept of {written.tried} tried, {written.usage.tokens} tokens."
    )
    console.print(f"  guessable without the passages: {len(written.guessable)}")
    for what, counts in (("rejected by", written.rejected), ("dropped,", written.dropped)):
        for name, times in counts.items():
            console.print(f"  {what} {name}: {times} ({times / max(1, written.tried):.0%})")
    for item, reason in written.quarantined.items():
        console.print(escape(f"  quarantined {item.id}: {reason}"))
    if written.stopped:
        console.print(escape(f"Stopped: {written.stopped}"), style="yellow")


def _save(items: Sequence[Item], out: Path | None) -> None:
    if out is not None:
        out.write_text(_as_yaml(items), encoding="utf-8")


def _as_yaml(items: Sequence[Item]) -> str:
    data = [item.model_dump(mode="json", exclude_defaults=True) for item in items]
    return yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=120)


def _print_items(console: Console, items: Sequence[Item], out: Path | None) -> None:
    if out is not None:
        return
    for number, item in enumerate(items, 1):
        print_item(console, item, list(range(len(item.options))), f"{number}. Objective {item.objective}")
        for option in item.options:
            console.print(escape(f"   {'✓' if option.correct else '✗'} {option.why}"), style="dim")


def print_item(console: Console, item: Item, order: list[int], title: str) -> None:
    """Print a question with numbered options."""
    lines = [item.stem, "", *(f"{place}  {item.options[i].text}" for place, i in enumerate(order, 1))]
    console.print(Panel(escape("\n".join(lines)), title=escape(title), title_align="left"))
