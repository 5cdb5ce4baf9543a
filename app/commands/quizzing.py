"""``tutor quiz``."""

from __future__ import annotations

import json
from pathlib import Path
from uuid import uuid4

import yaml
from rich.console import Console
from rich.markup import escape
from rich.panel import Panel

from app.commands.items import item_embedder
from app.learner.quizzes import Quiz, QuizRecords
from app.learner.store import LearnerStore, open_store
from app.quiz.blind import display_order
from app.quiz.compose import Composer
from app.quiz.hints import HINTS, hint
from app.quiz.pick import Scope, pick
from app.quiz.proof import Material
from app.quiz.writer import Written, keep_sound
from app.ui.settings import UiSettings
from corpus.errors import TutorError
from corpus.item import Item, Option, read_bank
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
            _print_item(console, item, list(range(len(item.options))), f"{number}. Objective {item.objective}")
            for option in item.options:
                console.print(escape(f"   {'✓' if option.correct else '✗'} {option.why}"), style="dim")
    where = f", written to {out}" if out else ""
    console.print(f"{len(written.items)} of {count} items kept of {written.tried} tried{where}.")
    for rule, times in written.rejected.items():
        console.print(f"  rejected by {rule}: {times}")


def run_quiz_take(objective: str, count: int, seed: int | None, learner: str | None) -> int:
    """Ask a quiz on the terminal; every answer is stored. Return 0 when all is answered."""
    settings = UiSettings()
    folder = find_pack(settings.pack)
    material = Material.of(load_pack(folder))
    check_objective(objective, material)
    store = open_store(settings.home, settings.database_url)
    records = QuizRecords(store.database)
    learner_id = _learner(store, learner)
    quiz = _unfinished(records, learner_id, objective) or _new_quiz(
        records, learner_id, objective, count, uuid4().int % 2**31 if seed is None else seed, folder, material
    )
    console = Console()
    console.print(f"{escape(quiz.title)}: {len(quiz.items)} questions. h is a hint, q stops; your answers are kept.\n")
    for number, item in enumerate(quiz.items, 1):
        if item.id not in quiz.attempts and not _ask(console, records, quiz, number, item, material):
            console.print("Stopped. The same command goes on where you stopped.")
            return 0
    done = records.quiz(quiz.id) or quiz
    console.print(f"[bold]{done.right} of {len(done.items)} right.[/bold]")
    return 0


def _learner(store: LearnerStore, name: str | None) -> str:
    learners = store.learners()
    if name is None:
        return (learners[0] if learners else store.add_learner("Learner")).id
    known = next((item for item in learners if item.name == name), None)
    return (known or store.add_learner(name)).id


def _title(objective: str) -> str:
    return f"Quiz on {objective}" if objective else "Quiz on the whole exam"


def _unfinished(records: QuizRecords, learner_id: str, objective: str) -> Quiz | None:
    last = records.quizzes(learner_id, 1)
    return last[0] if last and not last[0].is_done and last[0].title == _title(objective) else None


def _new_quiz(
    records: QuizRecords, learner_id: str, objective: str, count: int, seed: int, folder: Path, material: Material
) -> Quiz:
    items = pick(
        Scope(objective=objective), count, seed, bank=read_bank(folder), material=material,
        composer=Composer(material), seen=records.seen(learner_id), barred=records.quarantined(),
    )  # fmt: skip
    return records.start(learner_id, _title(objective), items, seed, uuid4().hex)


def _ask(console: Console, records: QuizRecords, quiz: Quiz, number: int, item: Item, material: Material) -> bool:
    """Ask one item until it is answered; return False if the learner stops."""
    order = display_order(item, quiz.seed)
    _print_item(console, item, order, f"Question {number} of {len(quiz.items)}")
    hints = 0
    while True:
        try:
            typed = console.input("Your answer: ").strip().casefold()
        except (EOFError, KeyboardInterrupt):
            return False
        if typed in {"q", "quit"}:
            return False
        if typed in {"h", "hint"}:
            hints = min(hints + 1, HINTS)
            console.print(escape(hint(item, hints, material.exam)), style="cyan")
            continue
        chosen = _chosen(typed, item, order)
        if chosen is None:
            console.print(f"Type {len(item.key)} of the numbers 1 to {len(order)}, h or q.", style="yellow")
            continue
        attempt = records.answer(quiz.id, item.id, [option.text for option in chosen], hints)
        console.print("Right.\n" if attempt.right else "Wrong.\n", style="green" if attempt.right else "red")
        for option in (item.options[i] for i in order):
            console.print(escape(f"  {'✓' if option.correct else '✗'} {option.text}: {option.why}"))
        console.print()
        return True


def _chosen(typed: str, item: Item, order: list[int]) -> list[Option] | None:
    numbers = set(typed.replace(",", " ").split())
    if len(numbers) != len(item.key) or not all(n.isdigit() and 1 <= int(n) <= len(order) for n in numbers):
        return None
    return [item.options[order[int(n) - 1]] for n in sorted(numbers)]


def _print_item(console: Console, item: Item, order: list[int], title: str) -> None:
    lines = [item.stem, "", *(f"{place}  {item.options[i].text}" for place, i in enumerate(order, 1))]
    console.print(Panel(escape("\n".join(lines)), title=escape(title), title_align="left"))
