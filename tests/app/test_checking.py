from __future__ import annotations

from app.commands.checking import check_line
from app.tutor.judge import open_judge


def test_the_json_names_the_fault_and_points_at_both_sides() -> None:
    passage = "Kinesis Data Streams keeps records for 24 hours by default."
    answer = "Kinesis Data Streams keeps records for 7 days by default."
    (sentence,) = check_line({"answer": answer, "passages": [{"id": "p", "text": passage}]})["sentences"]
    assert sentence["fault"] == "number"
    assert answer[sentence["said"]["start"] : sentence["said"]["end"]] == "7 days"
    assert sentence["given"] == {"text": "24 hours", "start": 39, "end": 47, "source": "p"}


def test_no_judge_is_asked_unless_one_is_named() -> None:
    assert open_judge(None) is None
    assert open_judge("built-in") is None
