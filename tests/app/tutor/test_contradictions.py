from __future__ import annotations

import pytest

from app.tutor.advice import advised_against
from app.tutor.affirming import affirmed
from app.tutor.effects import turned_round
from app.tutor.ground import Check, Ground
from app.tutor.polarity import added_denial, dropped_denial, lone_denial, opposite
from app.tutor.source import Source
from app.tutor.statement import statement
from app.tutor.swaps import swapped
from app.tutor.types import Verdict
from app.tutor.word_vectors import shipped_vectors

NOTE = Source(
    "note",
    "Choose Amazon Comprehend instead of BlazingText when sentiment should be found without training a model. "
    "Pipe mode is the wrong choice for random access, because a pipe can only be read from front to back. "
    "Believing that Amazon Bedrock trains base models on customer prompts is wrong. "
    "A larger C fits the training data more closely, and a smaller C gives a wider margin. "
    "Pipeline parallelism splits the layers over GPUs, and tensor parallelism splits single layers. "
    "The retention can be raised to 365 days. "
    "Amazon S3 reaches at least 3,500 write and 5,500 read requests per second for each prefix. "
    "A regression tree splits by variance and predicts the mean of a leaf. "
    "The online store does not keep the history of a record.\n\n"
    "| Change of the dropout rate | Effect |\n|---|---|\n| Higher | Less overfitting |\n| Lower | More capacity |\n",
    "Notes dropout",
)


def check(sentence: str) -> Check:
    return Ground([NOTE]).check(sentence)


@pytest.mark.parametrize(
    ("sentence", "fault"),
    [
        ("BlazingText is the right choice for finding sentiment without training a model.", "advice"),
        ("BlazingText is a better choice than Amazon Comprehend when sentiment should be found without training.", "advice"),
        ("For random access choose Pipe mode.", "advice"),
        ("Amazon Bedrock trains base models on customer prompts.", "advice"),
        ("A larger C gives a wider margin.", "direction"),
        ("A higher dropout rate makes overfitting worse.", "direction"),
        ("Tensor parallelism splits the layers over GPUs.", "exchange"),
        ("A regression tree predicts the median of a leaf.", "exchange"),
        ("S3 reaches at least 5,500 write and 3,500 read requests per second for each prefix.", "number"),
        ("The retention can be raised to 700 days.", "number"),
        ("The online store keeps the history of a record.", "negation"),
        ("A regression tree does not split by variance.", "negation"),
    ],
)  # fmt: skip
def test_what_the_passage_says_otherwise_is_contradicted(sentence: str, fault: str) -> None:
    found = check(sentence)
    assert found.verdict is Verdict.CONTRADICTED
    assert found.fault == fault


@pytest.mark.parametrize(
    "sentence",
    [
        "Comprehend finds sentiment without training a model, so choose it instead of BlazingText.",
        "Amazon Comprehend is a better choice than BlazingText when sentiment should be found without training.",
        "A smaller C gives a wider margin.",
        "A lower C gives a wider margin.",
        "Pipeline parallelism splits the layers over GPUs.",
        "The online store doesn't keep the history of a record.",
        "A lower dropout rate gives more capacity.",
        "Each prefix of S3 reaches 3,500 write requests per second.",
    ],
)
def test_what_the_passage_says_in_other_words_has_no_fault(sentence: str) -> None:
    assert check(sentence).fault in ("", "altered")


def test_the_words_that_stand_against_each_other_are_found_on_both_sides() -> None:
    sentence = "The retention can be raised to 700 days."
    found = check(sentence)
    assert found.said is not None
    assert found.given is not None
    assert sentence[found.said.start : found.said.end] == found.said.text == "700 days"
    assert NOTE.text[found.given.start : found.given.end] == found.given.text == "365 days"
    assert found.given.source == NOTE.id


def test_a_part_of_a_sentence_that_calls_it_wrong_is_no_quote() -> None:
    assert check("Amazon Bedrock trains base models on customer prompts").verdict is not Verdict.SUPPORTED


def test_an_abbreviation_of_words_in_the_passages_is_known() -> None:
    ground = Ground([Source("a", "Retrieval augmented generation lets a model answer from current documents.")])
    assert "name" not in ground.check("RAG lets a model answer from current documents.").reason


def test_a_topic_may_go_by_another_name_or_none() -> None:
    ground = Ground([Source("a", "Random Cut Forest needs no labels for training.", "Random Cut Forest RCF")])
    assert ground.check("RCF needs no labels.").verdict is Verdict.SUPPORTED
    assert ground.check("It needs no labels.").verdict is Verdict.SUPPORTED
    assert ground.check("It needs labels.").verdict is Verdict.CONTRADICTED


def test_advice_is_read_in_both_orders() -> None:
    passages = ["Choose K-Means instead of XGBoost when labels are missing."]
    assert advised_against("When labels are missing, choose XGBoost.", passages)
    assert advised_against("For missing labels choose K-Means rather than XGBoost.", passages) is None
    assert advised_against("Use XGBoost rather than K-Means when labels are missing.", passages)


def test_relative_signs_count() -> None:
    passage = [(0, "Raising the threshold lowers recall.", frozenset[str]())]
    assert turned_round("Raising the threshold raises recall.", passage) == (0, "recal")
    assert turned_round("Lowering the threshold raises recall.", passage) is None


def test_denials_reach_what_follows_them() -> None:
    passage = statement("Serverless inference does not support GPUs.")
    assert lone_denial(statement("Serverless inference does not support GPUs."), [passage]) is None
    assert lone_denial(
        statement("Serverless inference never supports GPUs."), [statement("Serverless inference supports GPUs.")]
    )
    assert dropped_denial(statement("Serverless inference supports GPUs."), passage)
    assert added_denial(
        statement("The salmon is not done when it flakes."), statement("The salmon is done when it flakes."), []
    )


def test_opposites_need_the_other_word_to_be_missing() -> None:
    assert opposite("It is supervised.", "It is unsupervised.")
    assert not opposite("It is supervised.", "It is supervised or unsupervised.")


def test_cells_of_a_row_are_told_apart() -> None:
    row = "Content — Online store: latest record; Offline store: history of records"
    assert swapped("The offline store has the latest record.", [row], frozenset())
    assert swapped("The online store has the latest record.", [row], frozenset()) is None


def test_word_vectors_know_what_is_near() -> None:
    near = shipped_vectors().nearest(["purchas", "qqqq"], ["buy", "cloud"])
    assert near["purchas"] > 0.5
    assert near["qqqq"] == 0.0


def test_a_denial_in_other_words_is_not_held_to_be_a_contradiction() -> None:
    source = Source(
        "a", "Amazon Polly turns text into lifelike speech. Amazon Lex holds a conversation.", "Amazon Polly"
    )
    said = "A voice that only reads text out is what Polly gives you, so it cannot stand in for a chatbot."
    assert Ground([source]).check(said).fault != "negation"


RULES = Source(
    "a",
    "Records can be read again for a week. Amazon Kendra is closed to new customers. A batch runs on a schedule.",
    "Records",
)


@pytest.mark.parametrize(
    "sentence",
    [
        "Records cannot be read again once a colleague asked.",
        "Your records won't be read again.",
        "A batch never runs on a timetable or schedule.",
    ],
)
def test_a_denial_of_what_the_passage_says_in_the_same_words_is_named(sentence: str) -> None:
    assert Ground([RULES], reader=None).check(sentence).fault == "negation"


@pytest.mark.parametrize(
    "sentence",
    [
        "Amazon Kendra is not open to new customers.",
        "Without a schedule, a batch does not run.",
        "Nothing can be read for longer than a week.",
    ],
)
def test_a_denial_that_says_the_same_in_other_words_is_no_negation_fault(sentence: str) -> None:
    assert Ground([RULES], reader=None).check(sentence).fault != "negation"


def test_the_words_on_both_sides_of_a_denial_are_looked_for_together() -> None:
    said = statement("It will never be delayed until noon.")
    assert affirmed(said, [statement("The mail will be delayed."), statement("It is delayed.")]) == 0
    assert affirmed(said, [statement("The mail will be delayed but not lost.")]) is None
