from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.commands.coverage import coverage_map, page, run_pack_coverage
from corpus.errors import PackError
from tests.conftest import REAL_PACK
from tests.corpus.test_pack import tiny_pack


def test_every_objective_and_service_of_the_shipped_pack_is_on_the_map() -> None:
    drawn = coverage_map(REAL_PACK)
    assert len(drawn.objectives) == 58
    assert all(row.notes for row in (*drawn.objectives, *drawn.services))


def test_a_gap_is_shown_and_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pack = tiny_pack(tmp_path / "p")
    exam = (pack / "exam.yaml").read_text()
    (pack / "exam.yaml").write_text(exam.replace("Know alpha}", "Know alpha}, {id: 1.1.2, text: 'Know <b>beta</b>'}"))
    assert run_pack_coverage(str(pack), tmp_path / "map.html", as_json=True) == 1
    assert [row["notes"] for row in json.loads(capsys.readouterr().out)["objectives"]] == [["Alpha"], []]
    drawn = (tmp_path / "map.html").read_text()
    assert ">none<" in drawn
    assert "<b>beta" not in drawn
    assert drawn == page(coverage_map(pack))


def test_a_page_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(PackError, match="cannot be written"):
        run_pack_coverage(str(tiny_pack(tmp_path / "p")), tmp_path / "no" / "map.html", as_json=False)
