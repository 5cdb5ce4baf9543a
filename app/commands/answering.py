"""``tutor ask`` and ``tutor search``."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from app.commands.batches import BatchError, run_batch, text_of
from app.llm.settings import BUILT_IN, ModelSettings
from app.tutor.prompts import PROMPT_VERSION
from app.tutor.tutor import open_tutor
from app.tutor.types import Answer, Passage, Turn
from app.tutor.voice import Voice, open_voice


def ask_once(question: str, model: str | None, as_json: bool) -> None:
    """Answer one question on the terminal."""
    voice = _voice(model)
    answer = open_tutor().ask(question, voice=voice)
    if as_json:
        print(json.dumps({"id": None, **answer_json(answer)}, ensure_ascii=False))
        return
    console = Console()
    reworded = False
    for sentence in answer.sentences:
        if sentence.block == "reworded" and not reworded:
            reworded = True
            console.print(escape(f"\nReworded by {answer.model}:"), style="bold")
        if sentence.block != "compare":
            numbers = "".join(f" [{n}]" for n in sentence.citations)
            mark = "" if sentence.block == "lead" else "• "
            label = f"{sentence.row}: " if sentence.row else ""
            console.print(escape(f"{mark}{label}{sentence.text}{numbers}"))
    _print_comparison(console, answer)
    if answer.citations:
        console.print()
    for citation in answer.citations:
        console.print(escape(f"[{citation.n}] {citation.heading} ({citation.path})"), style="dim")
    if answer.withheld:
        console.print(f"{len(answer.withheld)} withheld: not in your material", style="yellow")
    if answer.notice:
        console.print(escape(answer.notice), style="yellow")
    if answer.tokens:
        cost = f", ${answer.cost_usd:.4f}" if answer.cost_usd else ""
        by = f"{answer.model}: " if answer.model != BUILT_IN else ""
        console.print(escape(f"{by}{answer.tokens:,} tokens{cost}"), style="dim")


def ask_batch(source: Path, target: Path | None, model: str | None) -> None:
    """Answer ``{id, question, history?}`` lines; everything is loaded once."""
    voice = _voice(model)
    tutor = open_tutor()

    def handle(data: dict[str, Any]) -> dict[str, Any]:
        return answer_json(tutor.ask(text_of(data, "question"), _history(data), voice))

    run_batch(source, target, handle, "Answering")


def search_once(query: str, k: int, as_json: bool) -> None:
    """Print the passages for a query."""
    passages = open_tutor().retriever.retrieve(query, k).passages
    if as_json:
        print(json.dumps({"query": query, "passages": [passage_json(p) for p in passages]}, ensure_ascii=False))
        return
    console = Console()
    for passage in passages:
        console.print(escape(f"{passage.score:.2f}  {passage.heading}  ({passage.path})"), style="bold")
        console.print(escape(passage.text))
        console.print()


def search_batch(source: Path, target: Path | None, k: int) -> None:
    """Search for ``{id, question}`` lines; passages come with their text."""
    tutor = open_tutor()

    def handle(data: dict[str, Any]) -> dict[str, Any]:
        question = text_of(data, "question" if "question" in data else "query")
        asked = tutor.understand(question, _history(data))
        passages = tutor.retriever.retrieve(asked.standalone, k).passages
        return {"question": question, "passages": [passage_json(p) for p in passages]}

    run_batch(source, target, handle, "Searching")


def answer_json(answer: Answer) -> dict[str, Any]:
    """Return an answer as `tutor ask --json` prints it."""
    return {
        "question": answer.question,
        "answer": answer.text,
        "refused": answer.refused,
        "kind": answer.kind,
        "model": answer.model,
        "sentences": [
            {
                "text": s.text, "verdict": s.verdict.value, "support": s.support,
                "citations": list(s.citations), "block": s.block, "row": s.row, "column": s.column,
            }
            for s in answer.sentences
        ],
        "citations": [asdict(c) for c in answer.citations],
        "passages": [{"id": p.id, "document": p.document, "path": p.path, "score": p.score} for p in answer.passages],
        "withheld": [{"text": s.text, "verdict": s.verdict.value, "reason": s.reason} for s in answer.withheld],
        "next_steps": [asdict(step) for step in answer.next_steps],
        "timings_ms": answer.timings_ms,
        "notice": answer.notice,
        "tokens": answer.tokens,
        "cost_usd": answer.cost_usd,
        "prompt_version": PROMPT_VERSION,
    }  # fmt: skip


def passage_json(passage: Passage) -> dict[str, Any]:
    """Return a passage with its text."""
    return {
        "id": passage.id, "document": passage.document, "path": passage.path, "heading": passage.heading,
        "text": passage.text, "start": passage.start, "end": passage.end, "score": passage.score, "url": passage.url,
    }  # fmt: skip


def _voice(model: str | None) -> Voice | None:
    """Return the voice of ``--model``, else of TUTOR_MODEL, else None for the built-in one."""
    settings = ModelSettings()
    return open_voice(model or settings.model, settings)


def _history(data: dict[str, Any]) -> list[Turn]:
    turns = data.get("history") or []
    if not isinstance(turns, list):
        raise BatchError("the field 'history' must be a list of {role, text}")
    found = []
    for turn in turns:
        if not isinstance(turn, dict) or turn.get("role") not in ("user", "assistant"):
            raise BatchError("each turn of 'history' needs a role (user or assistant) and a text")
        found.append(Turn(turn["role"], text_of(turn, "text")))
    return found


def _print_comparison(console: Console, answer: Answer) -> None:
    cells = [s for s in answer.sentences if s.block == "compare"]
    if not cells:
        return
    columns = list(dict.fromkeys(cell.column for cell in cells))
    table = Table("", *(escape(column) for column in columns), show_lines=True)
    for row in dict.fromkeys(cell.row for cell in cells):
        at = {c.column: f"{c.text} [{c.citations[0]}]" for c in cells if c.row == row and c.citations}
        table.add_row(escape(row), *(escape(at.get(column, "")) for column in columns))
    console.print(table)
