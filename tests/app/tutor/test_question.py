from __future__ import annotations

import pytest

from app.tutor.question import understand
from app.tutor.topics import Topics
from app.tutor.types import Turn
from corpus.pack import Term
from ingest.types import Document

DOCUMENTS = [
    Document.make("s", f"notes/{i}.md", title, "text", keywords=keywords)
    for i, (title, keywords) in enumerate(
        [
            ("Random Cut Forest (RCF)", ()),
            ("K-means", ("kmeans",)),
            ("Amazon Data Firehose", ("Kinesis Firehose",)),
            ("Amazon Kinesis Data Streams", ("KDS",)),
            ("Amazon Translate", ()),
            ("SMOTE", ()),
        ]
    )
]
TOPICS = Topics(DOCUMENTS, [Term(term="K-means", abbreviations=("KM",), definition="d", note="1")], ["translate"])
KNOWN = frozenset("which algorithm finds anomalies what random forest need labels the instance types".split())


def kind(text: str, history: tuple[Turn, ...] = ()) -> str:
    return understand(text, history, TOPICS, KNOWN).kind


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("hello!", "greeting"),
        ("thanks, that helps", "thanks"),
        ("what can you do?", "capabilities"),
        ("quiz me on SMOTE", "quiz"),
        ("what should I read next", "next"),
        ("simpler please", "reword"),
        ("???", "unclear"),
        ("", "unclear"),
        ("Was ist Random Cut Forest?", "language"),
        ("¿Qué es el sobreajuste?", "language"),
        ("什么是随机森林", "language"),
        ("give me an overview of SMOTE", "overview"),
        ("Data Firehose vs Kinesis Data Streams", "compare"),
        ("what is k-means", "define"),
        ("when do I use SMOTE", "when"),
        ("which algorithm finds anomalies?", "which"),
        ("how many clusters does k-means find", "number"),
        ("why does RCF need no labels", "why"),
        ("does RCF need labels?", "yes_no"),
    ],
)
def test_what_help_is_wanted(text: str, expected: str) -> None:
    assert kind(text) == expected


def test_invisible_characters_in_a_question_change_nothing() -> None:
    hidden = "\u200b".join("which algorithm finds anomalies?") + "\ufeff\u202e"
    assert understand(hidden, (), TOPICS, KNOWN) == understand("which algorithm finds anomalies?", (), TOPICS, KNOWN)
    assert kind("\u200b\u2060") == "unclear"
    said = (Turn("user", "\u200b".join("What is Random Cut Forest?")), Turn("assistant", "It finds anomalies."))
    assert "Random Cut Forest" in understand("and the instance types?", said, TOPICS, KNOWN).standalone


RCF = (Turn("user", "What is Random Cut Forest?"), Turn("assistant", "Random Cut Forest finds anomalies."))
BOTH = (Turn("user", "Firehose or Kinesis Data Streams?"), Turn("assistant", "Choose Firehose to deliver."))


@pytest.mark.parametrize(
    ("history", "text", "named"),
    [
        (RCF, "and which instance types?", "Random Cut Forest (RCF)"),
        (RCF, "does it need labels?", "Random Cut Forest (RCF)"),
        (RCF, "what about k-means?", "K-means"),
        (RCF, "What is SMOTE?", "SMOTE"),
        (BOTH, "what about the second one?", "Amazon Kinesis Data Streams"),
    ],
)
def test_follow_ups_take_their_topic_from_the_conversation(history: tuple[Turn, ...], text: str, named: str) -> None:
    found = understand(text, history, TOPICS, KNOWN)
    assert [topic.title for topic in found.topics] == [named]


def test_slips_are_mended_and_abbreviations_expanded() -> None:
    assert [t.title for t in understand("what is randon cut forrest", (), TOPICS, KNOWN).topics] == [
        "Random Cut Forest (RCF)"
    ]
    assert "Random Cut Forest" in TOPICS.expand("does rcf work?")
    assert "Amazon Data Firehose" in TOPICS.expand("kinesis firehose limits")


def test_an_everyday_word_is_no_sure_topic() -> None:
    (topic,) = TOPICS.find("can I translate this?")
    assert not topic.sure
    assert TOPICS.find("can Amazon Translate do it?")[0].sure
