from __future__ import annotations

from pathlib import Path

import pytest

from evals.answer_scores import missing_facts
from evals.answers import failing, run_answers
from evals.case import (
    Answerable,
    FalsePremise,
    Intent,
    MultiTurn,
    Paraphrase,
    Unanswerable,
    cases_dir,
    read_cases,
)
from evals.context import Context
from evals.errors import CaseError
from evals.judges import CheckerJudge
from evals.retrieval import compare_modes
from evals.statistics import Share
from ingest.settings import LibrarySettings
from tests.app.tutor.test_tutor import tutor as tutor  # the session's tutor over the small pack

FILES = (
    (Answerable, "answerable"),
    (Unanswerable, "unanswerable"),
    (FalsePremise, "false_premise"),
    (MultiTurn, "multi_turn"),
    (Paraphrase, "paraphrase"),
    (Intent, "intents"),
)


@pytest.mark.parametrize(("kind", "name"), FILES)
def test_the_shipped_cases_are_valid_and_enough_are_frozen(kind: type, name: str) -> None:
    path = cases_dir() / f"{name}.jsonl"
    frozen, dev = read_cases(kind, path, "frozen"), read_cases(kind, path, "dev")
    assert len(read_cases(kind, path)) == len(frozen) + len(dev)
    assert len(frozen) >= 30  # for a final figure; dev cases may outnumber them, since more of them tune better


def test_there_are_enough_cases() -> None:
    assert len(read_cases(Answerable, cases_dir() / "answerable.jsonl")) >= 120
    unanswerable = read_cases(Unanswerable, cases_dir() / "unanswerable.jsonl")
    assert len(unanswerable) >= 80
    assert sum(case.kind == "near" for case in unanswerable) >= len(unanswerable) / 2


def test_a_bad_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text('{"id": "a"}\n')
    with pytest.raises(CaseError, match="line 1"):
        read_cases(Unanswerable, path)
    line = '{"id": "a", "origin": "o", "split": "dev", "kind": "off", "question": "q"}\n'
    path.write_text(line * 2)
    with pytest.raises(CaseError, match="twice"):
        read_cases(Unanswerable, path)


def test_key_facts_are_any_of_groups() -> None:
    assert missing_facts("The K-means\nalgorithm, 24 hours", [["k means"], ["24 hours", "1 day"]]) == ()
    assert missing_facts("Something else", [["k means"], ["else"]]) == (("k means",),)


@pytest.mark.parametrize(("hits", "total", "low", "high"), [(8, 10, 0.490, 0.943), (0, 10, 0.0, 0.278), (0, 0, 0, 1)])
def test_wilson_intervals(hits: int, total: int, low: float, high: float) -> None:
    assert Share(hits, total).interval == pytest.approx((low, high), abs=0.001)


def test_a_run_counts_what_happened(tutor, library: LibrarySettings, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    base = '"origin": "o", "split": "dev"'
    note = '"objective": null, "notes": ["random-cut-forest"]'
    (tmp_path / "answerable.jsonl").write_text(
        f'{{"id": "a1", {base}, {note}, "question": "Does RCF need labels?", "key_facts": [["no labels"]]}}\n'
        f'{{"id": "a2", {base}, {note}, "question": "What is RCF?", "key_facts": [["a banana"]]}}\n'
    )
    (tmp_path / "unanswerable.jsonl").write_text(
        f'{{"id": "u1", {base}, "kind": "off", "question": "Who won the world cup in 1954?"}}\n'
    )
    report = run_answers(Context(tutor, CheckerJudge(), tmp_path, library))
    assert report.share("key_facts") == Share(1, 2)
    assert (report.refused(), report.refused("off the topic"), report.refused("near the topic")) == (
        Share(1, 1), Share(1, 1), Share(0, 0),
    )  # fmt: skip
    assert report.verbatim_quotes == Share(2, 2)
    assert dict(report.lines())["key facts present, answerable"].startswith("50.0 % (1/2")
    assert [record.id for record in failing(report.records)] == ["a2"]


def test_fused_search_is_no_worse_than_either(tutor, library: LibrarySettings) -> None:  # type: ignore[no-untyped-def]
    context = Context(tutor, CheckerJudge(), cases_dir(), library, split="dev")
    rows = {row.mode: row for row in compare_modes(context)}
    fused = rows["the same, documents varied"].recall_5
    assert fused >= rows["dense only"].recall_5 - 0.02
    assert fused >= rows["words only"].recall_5 - 0.02
