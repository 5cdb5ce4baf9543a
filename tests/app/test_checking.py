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


PASSAGE = (
    "Kinesis Data Streams keeps records for 24 hours by default. Retention can be raised to 365 days. "
    "Random Cut Forest needs no labels. Amazon Polly turns text into lifelike speech. "
    "Amazon Transcribe turns speech into text."
)


def test_one_doubtful_sentence_of_many_does_not_condemn_an_answer_but_a_wrong_answer_is_condemned() -> None:
    loose = f"{PASSAGE} Polly is a modern service."
    judged = check_line({"answer": loose, "passages": [PASSAGE]})
    assert [sentence["verdict"] for sentence in judged["sentences"]] == ["supported"] * 5 + ["unsupported"]
    assert judged["verdict"] == "supported"
    wrong = "Retention can be raised to 366 days."
    assert check_line({"answer": wrong, "passages": [PASSAGE]})["verdict"] == "contradicted"
    invented = "The founder was a Greek sailor who named it after his daughter. She loved rivers and became a poet."
    assert check_line({"answer": invented, "passages": [PASSAGE]})["verdict"] == "unsupported"
    assert check_line({"answer": PASSAGE, "passages": [PASSAGE]})["score"] == 0.0
    assert check_line({"answer": "Hello!", "passages": [PASSAGE]})["verdict"] == "not_checkable"
