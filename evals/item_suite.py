"""The item suite: does the audit find planted flaws, and does it leave sound items alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial

from app.quiz.audit import audit_item
from app.quiz.compose import Composer
from app.quiz.proof import Material
from app.quiz.writer import keep_sound
from corpus.item import Item
from corpus.pack import Pack
from evals.item_faults import planted_flaws
from evals.metrics import Scores, yes
from evals.record import Record
from evals.task import Task
from ingest.types import content_id

FLAWS_EACH = 15
_COMPOSED = 120


def item_tasks(pack: Pack, bank: Sequence[Item], seed: int, each: int = FLAWS_EACH) -> Iterable[Task]:
    """Yield a task per broken item (``each`` of every flaw), and one per sound item.

    Composed items are broken. Composing already kept what passes the audit, so only ``bank``, the pack's own items,
    can show false alarms.
    """
    material = Material.of(pack)
    composed = keep_sound(Composer(material).compose("", seed), _COMPOSED, material).items
    for rule, items in planted_flaws(composed, each, seed).items():
        for number, item in enumerate(items, 1):
            case = content_id(rule, str(number), str(seed))[:12]  # composing may change; the flaw asked for does not
            yield _task(f"{rule}-{number}", rule, case, partial(_broken, item, rule, material))
    for item in bank:
        case = content_id(item.model_dump_json())[:12]
        yield _task(f"sound-{item.id}", item.objective, case, partial(_sound, item, material))


def _broken(item: Item, rule: str, material: Material, bare: Record) -> Record:
    found = {flaw.rule for flaw in audit_item(item, material).flaws}
    scores: Scores = {"flaws_found": yes(rule in found), "flaws_rejected": yes(bool(found))}
    failed = () if rule in found else (f"{rule} is not found; the audit names {', '.join(sorted(found)) or 'nothing'}",)
    return replace(bare, question=_text(item), expected=rule, kind="item", scores=scores, failed=failed)


def _sound(item: Item, material: Material, bare: Record) -> Record:
    flaws = audit_item(item, material).flaws
    return replace(
        bare,
        question=_text(item),
        expected="no flaw",
        kind="item",
        scores={"sound_rejected": yes(bool(flaws))},
        failed=tuple(f"{flaw.rule}: {flaw.what}" for flaw in flaws),
    )


def _task(id_: str, cluster: str, case: str, evaluate: Callable[[Record], Record]) -> Task:
    bare = Record(id_, "items", case, cluster, "dev")
    return Task(bare, partial(evaluate, bare))


def _text(item: Item) -> str:
    options = "\n".join(f"{'*' if option.correct else '-'} {option.text}" for option in item.options)
    return f"{item.stem}\n{options}"
