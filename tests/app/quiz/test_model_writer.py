"""The model path: what a model may do wrong, and what becomes of it. The model is real to the program, its words are not."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult

from app.llm.errors import ModelOutputError
from app.llm.factory import open_model
from app.llm.model import ChatModel, Limits
from app.llm.scripted import FAULTS
from app.quiz.audit import audit_item
from app.quiz.draft import DraftError, Solution, read_json
from app.quiz.model_writer import ModelWriter, ModelWritten, is_looping
from app.quiz.proof import Material
from corpus.item import Item
from corpus.pack import find_pack, load_pack

QUICK = Limits(first_token_s=0.2, total_s=0.5, attempts=1)
KEY = "Amazon Data Firehose"
DRAFT = {
    "quotes": [
        {"passage": 1, "text": "Choose Amazon Data Firehose when a delay of seconds to minutes is fine and no custom consumer is needed."},
        {"passage": 1, "text": "Choose Kinesis Data Streams instead of Amazon Data Firehose when several consumers must read or replay the same records."},
        {"passage": 1, "text": "Choose Managed Service for Apache Flink instead of Amazon Data Firehose for windows, joins and other stateful processing of a stream."},
    ],
    "stem": "An online grocer stores the clicks of its shop for later training. A delay of a few minutes is fine and no custom"
    " consumer is to be written. Which AWS service should the data engineer choose?",
    "options": [
        {"text": KEY, "correct": True, "quotes": [1], "violates": "",
         "why": "Amazon Data Firehose is chosen when a delay of seconds to minutes is fine and no custom consumer is needed."},
        {"text": "Kinesis Data Streams", "correct": False, "quotes": [2], "violates": "no custom consumer",
         "why": "Kinesis Data Streams is chosen when several consumers must read or replay the same records."},
        {"text": "Managed Service for Apache Flink", "correct": False, "quotes": [3], "violates": "no custom consumer",
         "why": "Managed Service for Apache Flink is for windows, joins and other stateful processing of a stream."},
        {"text": "Amazon Kinesis Video Streams", "correct": False, "quotes": [2], "violates": "no custom consumer",
         "why": "Kinesis Data Streams is chosen when several consumers must read or replay the same records."},
    ],
}  # fmt: skip


class Author(BaseChatModel):
    """A chat model whose drafts and solutions are given."""

    reply: Callable[[Sequence[BaseMessage]], str]

    @property
    def _llm_type(self) -> str:
        return "author"

    def _generate(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> ChatResult:
        raise NotImplementedError

    def _stream(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> Iterator[ChatGenerationChunk]:
        text = self.reply(messages)
        for start in range(0, len(text), 50):
            yield ChatGenerationChunk(message=AIMessageChunk(content=text[start : start + 50]))


@pytest.fixture(scope="module")
def material() -> Material:
    """The real material, cut to the one note that the draft quotes, so that the plan asks for nothing else."""
    whole = Material.of(load_pack(find_pack("mls_c01")))
    notes = {"amazon-data-firehose": whole.notes["amazon-data-firehose"]}
    return replace(whole, notes=notes, confusions={}, choices=(), rules={})


def write(
    material: Material, draft: Callable[[int], str], solve: Callable[[str], dict[str, Any]], seen: Sequence[Item] = ()
) -> ModelWritten:
    asked: list[int] = []

    def reply(messages: Sequence[BaseMessage]) -> str:
        if str(messages[0].content).startswith("You write"):
            asked.append(1)
            return draft(len(asked))
        return json.dumps(solve(str(messages[-1].content)))

    chat = Author(reply=reply)
    model = ChatModel("author:test", chat, lambda error: ModelOutputError(str(error)))
    return ModelWriter(model, material, Limits(attempts=1)).write("1.2", 1, 1, seen)


def letter_of(text: str, question: str) -> str:
    match = re.search(rf"^([A-H])\. {re.escape(text)}$", question, re.MULTILINE)
    assert match
    return match[1]


def right(question: str) -> dict[str, Any]:
    letter = letter_of(KEY, question)
    return {"quote": "no custom consumer is needed", "defensible": [letter], "answer": [letter]}


def test_a_sound_item_is_kept_with_its_proof_and_marked_guessable(material: Material) -> None:
    written = write(material, lambda n: f"Here it is:\n```json\n{json.dumps(DRAFT)}\n```", right)
    (item,) = written.items
    assert item.author == "model:author:test"
    assert item.key[0].text == KEY
    assert not audit_item(item, material).flaws
    assert written.guessable == {item.id}
    assert (written.tried, written.rejected, written.dropped, written.stopped) == (1, {}, {}, "")


def test_broken_output_is_mended_once(material: Material) -> None:
    written = write(material, lambda n: '{"quotes": [' if n == 1 else json.dumps(DRAFT), right)
    assert len(written.items) == 1
    assert written.dropped == {}


def test_an_invented_quote_is_dropped(material: Material) -> None:
    invented = json.loads(json.dumps(DRAFT))
    invented["quotes"][0]["text"] = "Amazon Data Firehose always wins against every other service."
    written = write(material, lambda n: json.dumps(invented), right)
    assert written.items == ()
    assert written.dropped == {"quote not in its passage": written.tried}


def test_a_flawed_item_is_rejected_by_the_audit(material: Material) -> None:
    flawed = json.loads(json.dumps(DRAFT))
    flawed["options"][1]["text"] = "All of the above"
    written = write(material, lambda n: json.dumps(flawed), right)
    assert written.items == ()
    assert written.rejected["all_or_none_of_the_above"] == written.tried


def test_solvers_that_disagree_or_see_two_keys_quarantine(material: Material) -> None:
    def wrong(question: str) -> dict[str, Any]:
        letter = letter_of("Kinesis Data Streams", question)
        return {"quote": "", "defensible": [letter], "answer": [letter]}

    def both(question: str) -> dict[str, Any]:
        letters = [letter_of(text, question) for text in (KEY, "Kinesis Data Streams")]
        return {"quote": "", "defensible": letters, "answer": letters[:1]}

    for solve, reason in ((wrong, "chose"), (both, "could defend")):
        written = write(material, lambda n: json.dumps(DRAFT), solve)
        assert written.items == ()
        (why,) = written.quarantined.values()
        assert reason in why
        assert "Kinesis Data Streams" in why


def test_what_was_seen_is_not_written_again(material: Material) -> None:
    first = write(material, lambda n: json.dumps(DRAFT), right).items
    again = write(material, lambda n: json.dumps(DRAFT), right, seen=first)
    assert again.items == ()
    assert set(again.rejected) == {"near_duplicate"}


@pytest.mark.parametrize("fault", FAULTS)
def test_no_fault_of_a_model_brings_an_item_or_an_exception(material: Material, fault: str) -> None:
    model = open_model(f"scripted:{fault}")
    assert model is not None
    written = ModelWriter(model, material, QUICK).write("1.2", 1, 1)
    assert written.items == ()
    assert written.quarantined == {}
    assert written.stopped or sum(written.dropped.values()) == written.tried


def test_going_in_circles_is_noticed_before_the_limit() -> None:
    assert is_looping("and so on and on and so forth for ever " * 40)
    assert not is_looping(json.dumps(DRAFT))


@pytest.mark.parametrize("text", ["", "no object", '{"answer": ["A"]}', '{"quote": 1', "[]"])
def test_what_is_no_answer_is_said_to_be_none(text: str) -> None:
    with pytest.raises(DraftError):
        read_json(text, Solution)


def test_an_interrupted_run_keeps_what_it_has(material: Material, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(ModelWriter, "_write_one", interrupted)
    written = write(material, lambda n: json.dumps(DRAFT), right)
    assert (written.tried, written.items) == (1, ())
    assert written.stopped.startswith("Interrupted")
