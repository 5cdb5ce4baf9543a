from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from corpus.markdown import sections
from corpus.pack import BUILT_IN, find_pack, load_pack
from evals.answer_scores import missing_facts
from evals.case import Answerable, FalsePremise, MultiTurn, Paraphrase, Unanswerable, cases_dir, read_cases
from evals.errors import EvalError
from evals.question_train import TrainingQuestion, read_questions
from ingest.adapter import changes_of
from ingest.embedder import QUESTION_ADAPTER, load_shipped, open_embedder
from ingest.question_tuning import Asked, Tuning, tune
from ingest.words import words

NEAR_COPY = 0.75
STALE = 0.05
"""Share of the questions that may wait because their note has changed since."""


@pytest.fixture(scope="module")
def questions() -> list[TrainingQuestion]:
    return read_questions()


def test_training_questions_are_answered_by_sentences_of_their_note(questions: list[TrainingQuestion]) -> None:
    said = {
        note.id: {unit.plain for section in sections(note.text) for unit in section.units}
        for note in load_pack(find_pack(BUILT_IN)).notes
    }
    assert len({question.id for question in questions}) == len(questions) >= 1000
    stale = [question.id for question in questions if not set(question.answers) <= said[question.note]]
    assert len(stale) <= STALE * len(questions), stale
    for question in questions:
        assert not missing_facts(" ".join(question.answers), question.key_facts), question.id


def test_no_training_question_is_nearly_a_case(questions: list[TrainingQuestion]) -> None:
    """Cases with most words of a training question in common would be measured on what was learned."""
    folder = cases_dir()
    asked = [
        *(c.question for c in read_cases(Answerable, folder / "answerable.jsonl")),
        *(c.question for c in read_cases(Unanswerable, folder / "unanswerable.jsonl")),
        *(c.question for c in read_cases(FalsePremise, folder / "false_premise.jsonl")),
        *(c.question for c in read_cases(MultiTurn, folder / "multi_turn.jsonl")),
        *(q for c in read_cases(Paraphrase, folder / "paraphrase.jsonl") for q in c.questions),
    ]
    cases = [frozenset(words(text)) for text in asked]
    near = []
    for question in questions:
        mine = frozenset(words(question.question))
        if any(mine and len(mine & case) >= NEAR_COPY * len(mine | case) for case in cases):
            near.append(question.id)
    assert not near


def test_a_line_that_is_no_training_question_is_named(tmp_path: Path) -> None:
    path = tmp_path / "questions.jsonl"
    path.write_text('{"id": "a", "note": "n", "question": "q", "answers": [], "key_facts": [["f"]]}\n')
    with pytest.raises(EvalError, match="line 1"):
        read_questions(path)


def test_tuning_brings_questions_nearer_to_the_sentences_that_answer_them(tmp_path: Path) -> None:
    sentences = ["The moon has no air.", "A bridge carries a road.", "Bread is baked.", "Rain falls from clouds."]
    asked = [Asked("why is it silent up there at night", (0,)), Asked("what do I need to get over the river", (1,))]
    model = load_shipped()
    vectors = np.array(model.encode(sentences, normalize_embeddings=True))
    questions = [entry.text for entry in asked]
    before = model.encode(questions, normalize_embeddings=True) @ vectors.T
    adapter = tune(model, asked, vectors, Tuning(epochs=20, rank=2, rate=1e-3))
    after = model.encode(questions, normalize_embeddings=True) @ vectors.T

    def lead(cosines: NDArray[np.float32], right: int) -> float:
        return float(cosines[right] - np.delete(cosines, right).max())

    assert all(lead(after[i], i) > lead(before[i], i) + 0.05 for i in (0, 1))
    assert {array.dtype for array in adapter.values()} == {np.dtype(np.float16)}
    assert all(change.any() for change in changes_of(adapter).values())


def test_questions_alone_are_embedded_with_the_changes(tmp_path: Path) -> None:
    embedder = open_embedder("minilm", tmp_path)
    text = "what finds odd values in a series of measurements?"
    slow = np.array(embedder.embed_question(text))
    embedder.prepare_queries()
    fast, document = np.array(embedder.embed_question(text)), np.array(embedder.embed_documents([text])[0])
    assert float(slow @ fast) > 0.9999
    assert np.linalg.norm(fast) == pytest.approx(1.0, abs=1e-5)
    assert float(fast @ document) < 0.99
    assert float(document @ np.array(embedder.embed_query(text))) > 0.9999
    assert QUESTION_ADAPTER.stat().st_size < 3_000_000
