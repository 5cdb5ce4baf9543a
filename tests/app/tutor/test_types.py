from __future__ import annotations

import json

from app.tutor.types import Answer, Sentence, Verdict, answer_from_json, answer_to_json

HELD = Sentence(
    "Kinesis keeps records for 9 days.", Verdict.CONTRADICTED, 0.2, "The sentence says 9; the passage says 7.",
    passage="Records are kept for 7 days.", said=(26, 27), given=(21, 22),
)  # fmt: skip


def test_an_answer_comes_back_from_its_json() -> None:
    answer = Answer("q", "answer", "m", (Sentence("So it is.", Verdict.SUPPORTED, 1.0, "", (1,)),), withheld=(HELD,))
    assert answer_from_json(json.loads(json.dumps(answer_to_json(answer)))) == answer


def test_a_sentence_stored_before_it_carried_a_passage_still_loads() -> None:
    data = json.loads(json.dumps(answer_to_json(Answer("q", "answer", "m", withheld=(HELD,)))))
    for name in ("passage", "said", "given"):
        del data["withheld"][0][name]
    held = answer_from_json(data).withheld[0]
    assert (held.text, held.verdict) == (HELD.text, Verdict.CONTRADICTED)
    assert (held.passage, held.said, held.given) == ("", None, None)
