from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
from langchain_core.messages import AIMessage, BaseMessage

from app.llm.errors import ModelOutputError
from app.llm.model import ChatModel, Limits, Price
from app.tutor.judge import JudgeCache, Judgement, ModelJudge, judge_messages, read_reply
from app.tutor.source import Source
from evals.errors import EvalError
from evals.judge_card import judge_card, labelled_figures
from evals.judges import CheckerJudge
from evals.labelled import read_labelled
from evals.record import Judged, Record
from evals.selftest_model import ReadingChat

PASSAGES = [Source("p", "Kinesis Data Streams keeps records for 24 hours by default. Firehose delivers to Amazon S3.")]


class Scripted(ReadingChat):
    """A judge that says what ``reply`` makes of what it is asked, and counts how often."""

    reply: Callable[[str], str]
    asked: list[str]

    def _say(self, messages: Sequence[BaseMessage]) -> str:
        self.asked.append(str(messages[-1].content))
        return self.reply(str(messages[-1].content))


def judge_of(reply: Callable[[str], str], folder: Path, price: Price | None = None) -> tuple[ModelJudge, Scripted]:
    chat = Scripted(reply=reply, asked=[])
    model = ChatModel("scripted-judge", chat, lambda error: ModelOutputError(str(error)))
    return ModelJudge(model, Limits(attempts=1), JudgeCache(folder / "cache.sqlite"), price), chat


def verdict(word: str, quote: str) -> str:
    return f"Here you are: {json.dumps({'quote': quote, 'verdict': word, 'reason': 'r'})}"


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (verdict("supported", "keeps records for 24 hours"), "supported"),
        (verdict("contradicted", "24 hours"), "contradicted"),
        (verdict("supported", "keeps records for 7 days"), "unverified"),
        (verdict("supported", ""), "unverified"),
        (verdict("perhaps", "24 hours"), "unverified"),
        ("Yes, that is right.", "unverified"),
        ('{"quote": "24 hours", "verdict": "supp', "unverified"),
        ("", "unverified"),
    ],
)
def test_what_cannot_be_read_is_unverified_and_never_supported(reply: str, expected: str) -> None:
    assert read_reply(reply, PASSAGES)[0] == expected


def test_a_judgement_is_cached_with_what_it_cost_the_first_time(tmp_path: Path) -> None:
    judge, chat = judge_of(lambda asked: verdict("supported", "24 hours"), tmp_path)
    first = judge.judge("It keeps records for 24 hours.", PASSAGES)
    again = judge.judge("It keeps records for 24 hours.", PASSAGES)
    assert (first.cached, again.cached, len(chat.asked)) == (False, True, 1)
    assert again == Judgement(**{**vars(first), "cached": True})
    judge.judge("It keeps records for 48 hours.", PASSAGES)
    assert len(chat.asked) == 2
    other, other_chat = judge_of(lambda asked: "", tmp_path)
    assert other.judge("It keeps records for 24 hours.", PASSAGES).cached, "the cache outlives the process"
    assert not other_chat.asked


def test_a_failing_judge_is_unverified_and_asked_again_later(tmp_path: Path) -> None:
    def fail(asked: str) -> str:
        raise ConnectionResetError("gone")

    judge, chat = judge_of(fail, tmp_path)
    assert judge.judge("It keeps records for 24 hours.", PASSAGES).verdict == "unverified"
    assert judge.judge("It keeps records for 24 hours.", PASSAGES).verdict == "unverified"
    assert len(chat.asked) == 2


def test_a_greeting_costs_no_judgement(tmp_path: Path) -> None:
    judge, chat = judge_of(lambda asked: "", tmp_path)
    assert judge.judge("Hello!", PASSAGES).verdict == "not_checkable"
    assert not chat.asked


def test_the_prompt_is_the_same_for_the_same_claim() -> None:
    one, two = judge_messages("a claim", PASSAGES), judge_messages("a claim", PASSAGES)
    assert [m.content for m in one] == [m.content for m in two]
    assert "ignore" not in str(judge_messages("x\U000e0069\U000e0067", PASSAGES)[1].content)


def records() -> tuple[list[Record], dict[str, Source]]:
    texts = [f"Service number{i} keeps records for {20 + i} hours and supports deletes in AWS Glue." for i in range(60)]
    passages = {f"p{i}": Source(f"p{i}", text, "Notes") for i, text in enumerate(texts)}
    found = [
        Record(
            f"a{i}",
            "answers",
            "h",
            "n",
            "dev",
            judged=(Judged(text, True, "supported", quotes=(text,)),),
            passages=(f"p{i}",),
        )
        for i, text in enumerate(texts)
    ]
    return found, passages


def test_the_card_finds_what_a_judge_overlooks(tmp_path: Path) -> None:
    """A judge that is blind to numbers and suspicious of every third clean sentence: the card says so."""
    alarms = iter(range(10_000))

    def blind(asked: str) -> str:
        passage, _, claim = asked.partition("\n\nClaim: ")
        quote = passage.splitlines()[-1]
        plain = "".join(c for c in claim if not c.isdigit())
        same = plain == "".join(c for c in quote if not c.isdigit())
        lenient = same and next(alarms) % 3
        return verdict("supported" if lenient else "unsupported", quote)

    judge, _ = judge_of(blind, tmp_path)
    card = judge_card(judge, *records(), seed=1, size=45)
    assert card.planted["number"].hits / card.planted["number"].total < 0.5
    assert card.planted["negation"].hits == card.planted["negation"].total
    assert 0.2 < card.clean.hits / card.clean.total < 0.5
    good = judge_card(CheckerJudge(), *records(), seed=1, size=45)
    assert good.clean.hits == 0
    assert good.planted["number"].hits >= 0.9 * good.planted["number"].total


def test_a_card_on_labelled_data(tmp_path: Path) -> None:
    path = tmp_path / "labelled.jsonl"
    passage = "Amazon Polly turns text into speech. Amazon Polly writes audio as MP3."
    rows = [
        {"answer": "Amazon Polly turns text into speech.", "passages": [passage], "supported": True, "origin": "one"},
        {"answer": "Amazon Polly writes audio as MP3.", "passages": [passage], "supported": True, "origin": "two"},
        {
            "answer": "Amazon Kendra was sold to 12 pirates in Brazil.",
            "passages": [passage],
            "supported": False,
            "origin": "one",
        },
        {"answer": "Amazon Polly turns text into speech.", "passages": [passage], "supported": False, "origin": "two"},
    ]
    path.write_text("\n".join(map(json.dumps, rows)))
    figures = labelled_figures(CheckerJudge(), path)
    assert (figures.sentences, figures.precision, figures.recall, figures.false_alarms) == (4, 1.0, 0.5, 0.0)
    assert figures.balanced_accuracy == 0.75
    assert figures.recall_by_domain["one"].hits == 1
    assert figures.recall_by_domain["two"].hits == 0


def test_a_batch_of_faithbench_is_read(tmp_path: Path) -> None:
    def span(text: str, label: str) -> dict[str, object]:
        start = summary.index(text)
        return {"annot_id": 1, "label": [label], "summary_start": start, "summary_end": start + len(text)}

    summary = "Amazon Polly turns text into speech. It was sold to 12 pirates in Brazil. It is loved."
    sample = {
        "sample_id": 3, "source": "Amazon Polly turns text into speech.", "summary": summary,
        "annotations": [span("sold to 12 pirates in Brazil", "Unwanted.Extrinsic"), span("loved", "Benign")],
        "metadata": {"summarizer": "a-model", "raw_sample_id": 77},
    }  # fmt: skip
    path = tmp_path / "batch_1.json"
    path.write_text(json.dumps({"samples": [sample]}, indent=1))
    [answer] = read_labelled(path)
    assert (answer.source, answer.generator, len(answer.marked)) == ("77", "a-model", 1)
    assert summary[answer.marked[0].start : answer.marked[0].end] == "sold to 12 pirates in Brazil"
    assert labelled_figures(CheckerJudge(), path).recall_by_domain["a-model"].hits == 1
    path.write_text('{"samples": [{}]}')
    with pytest.raises(EvalError, match="not a labelled answer"):
        read_labelled(path)


def test_the_fake_model_of_langchain_can_judge_too(tmp_path: Path) -> None:
    chat = GenericFakeChatModel(messages=iter([AIMessage(verdict("supported", "24 hours"))]))
    model = ChatModel("fake", chat, lambda error: ModelOutputError(str(error)))
    judge = ModelJudge(model, Limits(), JudgeCache(tmp_path / "cache.sqlite"))
    assert judge.judge("It keeps records for 24 hours.", PASSAGES).verdict == "supported"
