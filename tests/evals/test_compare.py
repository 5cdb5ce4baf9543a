from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from evals.compare import Outcome, compare
from evals.errors import EvalError
from evals.metrics import Scores
from evals.record import Judged, Record, Run, read_run, save_baseline


def run_of(records: list[Record], name: str = "one", sample: int | None = None) -> Run:
    return Run(Path(name), {"id": name, "fingerprint": {}, "sample": sample}, tuple(records))


def cases(right: int, total: int, more: Scores | None = None) -> list[Record]:
    return [
        Record(f"a{i}", "answers", "h", f"n{i}", "dev", scores={"key_facts": (float(i < right), 1.0), **(more or {})})
        for i in range(total)
    ]


def said(record: Record, text: str, verdict: str = "supported") -> Record:
    return replace(record, judged=(Judged(text, True, verdict, quotes=(text,)),))


def test_the_same_run_passes() -> None:
    one = run_of(cases(180, 200))
    assert compare(one, one).outcome is Outcome.PASS


def test_a_clear_loss_fails_and_says_which_figure() -> None:
    comparison = compare(run_of(cases(180, 200)), run_of(cases(140, 200)))
    assert comparison.outcome is Outcome.FAIL
    assert "Right answers: 90.0 % → 70.0 %" in comparison.reasons()[0]


def test_a_loss_within_the_margin_passes() -> None:
    assert compare(run_of(cases(1900, 2000)), run_of(cases(1890, 2000))).outcome is Outcome.PASS


def test_a_gain_passes() -> None:
    assert compare(run_of(cases(140, 200)), run_of(cases(180, 200))).outcome is Outcome.PASS


def test_too_few_cases_are_inconclusive_and_it_says_how_many_more() -> None:
    comparison = compare(run_of(cases(27, 30)), run_of(cases(26, 30)))
    assert comparison.outcome is Outcome.INCONCLUSIVE
    row = next(row for row in comparison.rows if row.metric.name == "key_facts")
    assert row.more_cases > 50
    assert f"about {row.more_cases} more cases" in comparison.reasons()[0]


def test_an_unchanged_sample_is_too_little_where_the_rest_may_differ() -> None:
    one = run_of(cases(18, 20), sample=20)
    comparison = compare(one, one)
    assert comparison.outcome is Outcome.INCONCLUSIVE
    assert "about 130 more cases" in comparison.reasons()[0]


def test_any_new_hard_fault_fails_however_small_the_share() -> None:
    before = cases(200, 200, {"hard_faults": (0.0, 5.0)})
    after = [replace(before[0], scores={**before[0].scores, "hard_faults": (1.0, 5.0)}), *before[1:]]
    after[0] = said(after[0], "It keeps records for 8 days.", "contradicted")
    comparison = compare(run_of(before), run_of(after))
    assert comparison.outcome is Outcome.FAIL
    assert "It keeps records for 8 days." in comparison.reasons()[0]
    assert compare(run_of(after), run_of(after)).outcome is Outcome.PASS, "an old one does not"


@pytest.mark.parametrize(
    "after", ["It keeps records for 36 hours.", "It never keeps records for 24 hours."], ids=["number", "negation"]
)
def test_a_sentence_with_another_value_is_a_new_fault(after: str) -> None:
    before = cases(10, 10)
    old = [said(before[0], "It keeps records for 24 hours."), *before[1:]]
    new = [said(before[0], after), *before[1:]]
    comparison = compare(run_of(old), run_of(new))
    assert comparison.outcome is Outcome.FAIL
    assert f"became “{after}”" in comparison.reasons()[0]


def test_another_sentence_is_no_fault() -> None:
    before = cases(10, 10)
    old = [said(before[0], "It keeps records for 24 hours."), *before[1:]]
    new = [said(before[0], "It sends at most 5 records."), *before[1:]]
    assert compare(run_of(old), run_of(new)).outcome is Outcome.PASS


def test_reworded_cases_are_left_out() -> None:
    one = cases(10, 10)
    other = [replace(one[0], case="other"), *one[1:]]
    comparison = compare(run_of(one), run_of(other))
    assert (comparison.cases, comparison.left_out) == (9, 2)
    with pytest.raises(EvalError, match="no case in common"):
        compare(run_of(one[:1]), run_of(other[:1]))


def test_margins_can_be_given() -> None:
    one, other = run_of(cases(1900, 2000)), run_of(cases(1880, 2000))
    assert compare(one, other).outcome is Outcome.PASS
    assert compare(one, other, margins={"key_facts": 0.001}).outcome is Outcome.FAIL


def test_a_baseline_compares_like_its_run(tmp_path: Path) -> None:
    first, *others = cases(150, 200)
    records = [said(first, "It keeps records for 24 hours."), *others]
    run = run_of(records)
    save_baseline(run, tmp_path / "base")
    kept = read_run(tmp_path / "base")
    assert compare(kept, run).outcome is Outcome.PASS
    worse = [said(records[0], "It keeps records for 48 hours."), *records[1:]]
    assert compare(kept, run_of(worse)).outcome is Outcome.FAIL
    written = (tmp_path / "base" / "results.jsonl.xz").read_bytes()
    save_baseline(run, tmp_path / "base")
    assert (tmp_path / "base" / "results.jsonl.xz").read_bytes() == written
