from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from evals.ablation import ablate
from evals.case import cases_dir
from evals.compare import compare
from evals.context import Context
from evals.errors import EvalError
from evals.human import corrected_by
from evals.judges import CheckerJudge
from evals.record import Judged, Record, Run
from evals.report_html import html_report
from evals.report_markdown import markdown_report
from evals.runner import Plan, run_evals
from tests.app.tutor.test_tutor import tutor as tutor  # the session's tutor over the small pack

HOSTILE = "<img src=x onerror=alert(1)><script>alert(2)</script>"


@pytest.fixture(scope="module")
def run(tutor, library, tmp_path_factory: pytest.TempPathFactory) -> Run:  # type: ignore[no-untyped-def]
    context = Context(tutor, CheckerJudge(), cases_dir(), library)
    return run_evals(context, Plan(("answers", "refusals", "items"), sample=80), tmp_path_factory.mktemp("runs"))


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def tags_of(html: str) -> list[tuple[str, dict[str, str | None]]]:
    parser = _Tags()
    parser.feed(html)
    return parser.tags


def test_the_page_holds_itself_and_can_do_nothing(run: Run) -> None:
    wrong = Record(
        "x1", "answers", "h", "n", "dev", question=HOSTILE, expected=HOSTILE, kind="answer", failed=(HOSTILE,),
        judged=(Judged(HOSTILE, True, "unsupported", HOSTILE),), history=(("user", HOSTILE),),
    )  # fmt: skip
    worse = replace(run, records=(*run.records, wrong), summary={**run.summary, "note": HOSTILE})
    html = html_report(worse, compare(run, run))
    names = {tag for tag, _ in tags_of(html)}
    assert not names & {"script", "img", "link", "iframe", "object", "a", "form"}
    assert not [attrs for _, attrs in tags_of(html) if any(name.startswith("on") for name in attrs)]
    assert "url(" not in html
    assert html.count("&lt;script&gt;alert(2)") >= 5


def test_every_failing_dev_case_is_there_with_its_passages_and_no_frozen_one(run: Run) -> None:
    html = html_report(run)
    failing = [record for record in run.records if record.failed]
    assert failing
    for record in failing:
        assert (f"<summary>{record.id} " in html) == (record.split == "dev")
    assert "frozen cases were asked" in html
    if any(record.split == "frozen" for record in failing):
        assert len(re.findall("<summary>", html_report(run, frozen=True))) > len(re.findall("<summary>", html))


def test_the_page_has_the_card_of_its_judge_and_the_item_matrix(run: Run) -> None:
    html = html_report(run)
    for text in (
        "How good the judge is",
        "false alarms",
        "number",
        "flawed items",
        "let through",
        "prefers-color-scheme",
    ):
        assert text in html


def test_markdown_says_the_outcome_and_what_fails(run: Run) -> None:
    worse = [
        replace(r, scores={**r.scores, "key_facts": (0.0, 1.0)}, failed=("x",)) if r.suite == "answers" else r
        for r in run.records
    ]
    text = markdown_report(replace(run, records=tuple(worse)), compare(run, replace(run, records=tuple(worse))))
    assert "FAIL" in text
    assert "Right answers" in text
    assert "Fail now: " in text
    assert "| figure |" in markdown_report(run)


def test_markdown_of_a_model_acts_on_nothing(run: Run) -> None:
    said = Judged("It keeps 24 hours ![x](http://a.example/p.png) @team.", True, "supported")
    lied = replace(said, text=said.text.replace("24", "48"))
    old = replace(run, records=(replace(run.records[0], judged=(said,)), *run.records[1:]))
    new = replace(run, records=(replace(run.records[0], judged=(lied,)), *run.records[1:]))
    text = markdown_report(new, compare(old, new))
    assert "became" in text
    assert "![x](" not in text
    assert " @team" not in text


def test_human_labels_correct_the_judge(tmp_path: Path) -> None:
    records = [
        Record(f"a{i}", "answers", "h", "n", "dev", judged=(Judged(f"Claim {i}.", True, "supported"),))
        for i in range(300)
    ]
    rows = [{"case": f"a{i}", "sentence": f"Claim {i}.", "supported": i % 5 > 0} for i in range(100)]
    path = tmp_path / "labels.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    found = corrected_by(records, path)
    assert found["labels"] == 100
    assert found["value"] == pytest.approx(0.8)
    assert found["low"] < 0.8 < found["high"] < 1.0
    path.write_text('{"case": 1}')
    with pytest.raises(EvalError, match="line 1"):
        corrected_by(records, path)


def test_an_ablation_is_a_table_of_differences(tutor, library, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    context = Context(tutor, CheckerJudge(), cases_dir(), library)
    rows = ablate(("mode", "check"), context, Plan(("answers", "retrieval"), 40, card_size=0), tmp_path)
    names = [row.arm for row in rows]
    assert names == ["default", "meaning search only", "word search only", "without the check"]
    assert not any(row.difference.changed for row in rows[0].rows)
    assert any(row.difference.changed for row in rows[2].rows)
    with pytest.raises(EvalError, match="nothing to ablate called 'colour'"):
        ablate(("colour",), context, Plan(), tmp_path)
