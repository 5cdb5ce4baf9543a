"""``tutor items``."""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from app.quiz.audit import BankAudit, audit_bank
from app.quiz.bank import BankFigures, Embed
from app.quiz.export import Format, export_items
from app.quiz.proof import Material
from corpus.errors import PackError
from corpus.item import Item, read_bank, read_items
from corpus.pack import find_pack, load_pack
from ingest.embedder import Embedder, open_embedder
from ingest.settings import LibrarySettings


def run_items_audit(pack: str, file: Path | None, as_json: bool) -> int:
    """Print the audit of a bank; return 0 if every item passes, else 1."""
    folder = find_pack(pack)
    items = read_items(file) if file else read_bank(folder)
    if not items:
        raise PackError(f"There are no items in {file or folder / 'items'}.")
    report = audit_bank(items, Material.of(load_pack(folder)), item_embedder())
    if as_json:
        print(json.dumps(_as_json(report), ensure_ascii=False))
    else:
        _print(items, report)
    return 1 if report.rejected else 0


def run_items_export(pack: str, file: Path | None, objective: str, to: Format, out: Path, as_json: bool) -> int:
    """Write items to ``out``; return 0."""
    folder = find_pack(pack)
    items = read_items(file) if file else read_bank(folder)
    chosen = [item for item in items if not objective or f"{item.objective}.".startswith(f"{objective}.")]
    if not chosen:
        raise PackError(f"There are no items on {objective or 'anything'} in {file or folder / 'items'}.")
    try:
        out.write_bytes(export_items(chosen, to, f"Exam questions {objective}".strip()))
    except OSError as error:
        raise PackError(f"{out} cannot be written: {error.strerror}.") from error
    if as_json:
        print(json.dumps({"items": len(chosen), "format": to, "out": str(out)}))
    else:
        print(f"{len(chosen)} items written to {out}.")
    return 0


def item_embedder() -> Embed:
    """Return a function from texts to unit vectors by the embedder in the settings, which opens at first use.

    A text is embedded once.
    """
    known: dict[str, list[float]] = {}

    @cache
    def embedder() -> Embedder:
        settings = LibrarySettings()
        opened = open_embedder(settings.embedder, settings.home)
        opened.prepare_queries()
        return opened

    def embed(texts: list[str]) -> NDArray[np.float32]:
        for text in texts:
            if text not in known:
                known[text] = embedder().embed_query(text)
        return np.array([known[text] for text in texts], dtype=np.float32)

    return embed


def _as_json(report: BankAudit) -> dict[str, object]:
    return {
        "ok": not report.rejected,
        "reject_rates": report.reject_rates(),
        "items": [{"passed": result.passed, **asdict(result)} for result in report.items],
        "figures": asdict(report.figures) if report.figures else None,
    }


def _print(items: tuple[Item, ...], report: BankAudit) -> None:
    for item, result in zip(items, report.items, strict=True):
        if not result.passed:
            print(f"{item.id} {item.stem[:90]!r}")
            for flaw in result.flaws:
                print(f"  {flaw.rule}: {flaw.what} [{flaw.source}]")
    if report.figures:
        _print_figures(report.figures)
    print(f"{len(items)} items, {len(report.rejected)} rejected")
    for rule, share in report.reject_rates().items():
        print(f"  {rule} {share:.1%}")


def _print_figures(figures: BankFigures) -> None:
    console = Console()
    console.print(
        f"Domains {figures.domains}, forms {figures.forms}, levels {figures.levels}, difficulties {figures.difficulties}\n"
        f"Multiple response {figures.multiple_response:.1%}, combining two facts {figures.combining_facts:.1%}\n"
        f"Key letters {figures.letters} (chi-square p {figures.letters_p:.2f}), longest is key"
        f" {figures.longest_is_key:.1%}, key/distractor length {figures.mean_length_ratio:.2f}"
        f" (worst {figures.worst_length_ratio:.2f})",
        highlight=False,
    )
    if figures.objectives_missing:
        console.print(f"Objectives without an item: {', '.join(figures.objectives_missing)}", highlight=False)
    table = Table("Blind bot", "right", "by chance", "p (Holm)", "verdict")
    for bot in figures.bots:
        verdict = "within chance" if bot.in_band else "OUTSIDE CHANCE"
        table.add_row(bot.name, f"{bot.right / bot.items:.1%}", f"{bot.expected:.1%}", f"{bot.p_holm:.3f}", verdict)
    console.print(table)
