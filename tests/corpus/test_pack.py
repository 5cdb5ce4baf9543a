from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from corpus.check import check_pack
from corpus.errors import PackError
from corpus.near_copies import near_copies
from corpus.note import parse_note
from corpus.pack import find_pack, load_pack
from tests.conftest import REAL_PACK

TODAY = date(2026, 12, 1)
BODY = "## What it is\n\nAlpha is a thing. " + "Alpha helps a team to decide well every day. " * 40


def tiny_pack(folder: Path, *, body: str = BODY, front: str = "") -> Path:
    """A second exam: adding one is adding a folder."""
    (folder / "notes").mkdir(parents=True)
    (folder / "exam.yaml").write_text(
        "code: TST-01\nname: Test exam\nstatus: {state: live}\n"
        "format: {questions_total: 10, questions_scored: 10, minutes: 20, fee_usd: 0}\n"
        "scoring: {scale_min: 0, scale_max: 100, pass_scaled: 70}\n"
        "domains:\n- {id: '1', title: One, weight_pct: 100, mock_items: 10, task_statements:"
        " [{id: '1.1', title: T, objectives: [{id: 1.1.1, text: Know alpha}]}]}\n"
    )
    (folder / "notes" / "alpha.md").write_text(
        f'---\nid: alpha\ntitle: Alpha\nobjectives: ["1.1.1"]\nas_of: "2026-11-23"\nsources: [a book]\n{front}---\n{body}'
    )
    return folder


def test_the_shipped_pack_has_no_errors() -> None:
    report = check_pack(REAL_PACK, TODAY)
    assert [str(finding) for finding in report.findings if finding.level == "error"] == []
    assert report.notes >= 24


def test_the_blueprint_is_whole() -> None:
    exam = load_pack(REAL_PACK).exam
    assert len(exam.objectives()) == 58
    assert sum(domain.weight_pct for domain in exam.domains) == 100
    assert sum(domain.mock_items for domain in exam.domains) == exam.format.questions_total


def test_adding_an_exam_is_adding_a_folder(tmp_path: Path) -> None:
    report = check_pack(find_pack(str(tiny_pack(tmp_path / "tst_01"))), TODAY)
    assert report.ok
    assert report.coverage.objectives == {"1.1.1": ("alpha",)}


@pytest.mark.parametrize(
    ("front", "body", "what"),
    [
        ("see_also: [nothing]\n", BODY, "is no note"),
        ("", "## What it is\n\nShort.", "words"),
        ("", BODY.replace("Alpha is a thing.", "It is a thing."), "does not stand alone"),
        ("", BODY.replace("## What it is", "## Intro"), "first section"),
        ("", BODY + " See [this](http://x).", "links"),
    ],
)
def test_each_fault_is_found(tmp_path: Path, front: str, body: str, what: str) -> None:
    report = check_pack(tiny_pack(tmp_path / "p", front=front, body=body), TODAY)
    assert not report.ok
    assert any(what in finding.what for finding in report.findings)


@pytest.mark.parametrize("text", ["no front matter", "---\nid: [\n---\n", "---\nid: A B\ntitle: t\n---\n", ""])
def test_a_broken_note_is_one_sentence(text: str) -> None:
    with pytest.raises(PackError, match=r"note\.md"):
        parse_note(text, Path("note.md"))


def test_an_unknown_pack_names_those_that_are_there() -> None:
    with pytest.raises(PackError, match="mls_c01"):
        find_pack("no-such-exam")


def test_sentences_that_nearly_repeat_another_notes_are_found() -> None:
    front = "---\nid: {0}\ntitle: {0}\nobjectives: ['1.1.1']\nas_of: 2026-01-01\nsources: [a]\n---\n## What it is\n\n"
    said = "A crawler of AWS Glue reads files in a bucket and writes their schema to the catalog"
    notes = [
        parse_note(front.format("one") + said + ".", Path("one.md")),
        parse_note(front.format("two") + said + " each night. A job of AWS Glue runs code on Spark.", Path("two.md")),
    ]
    assert [(copy.note, copy.of) for copy in near_copies(notes)] == [("two", "one")]
