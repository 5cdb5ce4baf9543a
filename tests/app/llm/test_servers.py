"""ChatOpenAI and Ollama's client against loopback servers of their wire format, in all twelve ways to fail."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from langchain_core.messages import HumanMessage, SystemMessage

from app.llm.errors import (
    ModelAccessError,
    ModelBlockedError,
    ModelBusyError,
    ModelError,
    ModelNotFoundError,
    ModelSettingError,
)
from app.llm.factory import open_model
from app.llm.model import ChatModel, Limits, Usage, stream_text
from app.llm.offered import offered_models
from app.llm.scripted import FAULTS
from app.llm.settings import ModelSettings
from tests.loopback.bedrock import BedrockServer
from tests.loopback.ollama import NAME, OllamaServer
from tests.loopback.openai import OpenAiServer
from tests.loopback.server import Loopback, closed_port

ASK = [SystemMessage("Be brief."), HumanMessage("Does it need labels?")]
QUICK = Limits(first_token_s=1.5, total_s=2.0, attempts=3, max_characters=3000)


@pytest.fixture(params=["openai", "ollama", "bedrock"])
def server(request: pytest.FixtureRequest) -> Loopback:
    server: Loopback = request.getfixturevalue(f"{request.param}_server")
    return server


def opened(server: Loopback, port: int | None = None) -> ChatModel:
    url = server.url if port is None else f"http://127.0.0.1:{port}"
    settings = ModelSettings(openai_base_url=f"{url}/v1", ollama_url=url)
    specs = {OpenAiServer: "openai:m", OllamaServer: f"ollama:{NAME}", BedrockServer: "bedrock:amazon.nova-lite-v1:0"}
    model = open_model(specs[type(server)], settings)
    assert model is not None
    return model


def test_it_streams_and_counts_tokens(server: Loopback) -> None:
    usage = Usage()
    assert list(stream_text(opened(server), ASK, Limits(), usage)) == server.script.pieces
    assert (usage.input_tokens, usage.output_tokens) == (120, 2)


def read(stream: Iterator[str]) -> tuple[list[str], Exception | None]:
    """Return what came, and what ended it."""
    pieces: list[str] = []
    try:
        for piece in stream:
            pieces.append(piece)
    except Exception as error:
        return pieces, error
    return pieces, None


@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_is_one_sentence_in_time(server: Loopback, fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    port = None
    if fault == "refused-connection":
        port = closed_port()
        monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", f"http://127.0.0.1:{port}")
    server.script.fault = fault
    usage, began = Usage(), time.monotonic()
    pieces, error = read(stream_text(opened(server, port), ASK, QUICK, usage))
    assert isinstance(error, ModelError)
    assert time.monotonic() - began < QUICK.total_s + 2
    assert usage.attempts <= 3
    text = str(error)
    assert text.endswith(".")
    assert "\n" not in text
    assert "Traceback" not in text
    assert len("".join(pieces)) <= QUICK.max_characters
    if fault in ("stall", "cut-mid-token"):
        assert "".join(pieces).startswith("Random Cut Forest is ")


@pytest.mark.parametrize("fault", ["busy-429", "unavailable-503"])
def test_a_passing_fault_is_tried_again(server: Loopback, fault: str) -> None:
    server.script.fault, server.script.fail_first = fault, 1
    usage = Usage()
    assert "".join(stream_text(opened(server), ASK, Limits(5, 10, 3), usage)).startswith("Random")
    assert usage.attempts == 2


def test_openai_sends_key_and_bounds(openai_server: OpenAiServer) -> None:
    settings = ModelSettings(openai_base_url=openai_server.base_url, openai_api_key="sk-secret", max_tokens=99)  # type: ignore[arg-type]
    model = open_model("openai:qwen", settings)
    assert model is not None
    list(stream_text(model, ASK, Limits()))
    (asked,) = openai_server.asked
    assert asked.headers["authorization"] == "Bearer sk-secret"
    assert asked.json["model"] == "qwen"
    assert asked.json["max_tokens"] == 99
    assert "max_completion_tokens" not in asked.json
    assert "sk-secret" not in repr(settings)


def test_openai_without_address_or_key_says_what_to_set() -> None:
    with pytest.raises(ModelSettingError, match="TUTOR_OPENAI_BASE_URL"):
        open_model("openai:m", ModelSettings())


@pytest.mark.parametrize(
    ("status", "kind"),
    [(403, ModelAccessError), (404, ModelNotFoundError), (500, ModelBusyError), (400, ModelSettingError)],
)
def test_openai_statuses(openai_server: OpenAiServer, status: int, kind: type[ModelError]) -> None:
    openai_server.script.fault, openai_server.statuses["busy-429"] = "busy-429", status
    with pytest.raises(kind):
        list(stream_text(opened(openai_server), ASK, Limits(2, 4, 1)))


def test_openai_content_filter(openai_server: OpenAiServer) -> None:
    openai_server.script.stop = "content_filter"
    with pytest.raises(ModelBlockedError):
        list(stream_text(opened(openai_server), ASK, Limits()))


def test_ollama_without_the_model_says_how_to_get_it(ollama_server: OllamaServer) -> None:
    ollama_server.script.fault, ollama_server.statuses["busy-429"] = "busy-429", 404
    with pytest.raises(ModelNotFoundError, match="ollama pull"):
        list(stream_text(opened(ollama_server), ASK, Limits(2, 4, 1)))


def test_models_of_ollama_are_offered_and_scripted_ones_never(ollama_server: OllamaServer) -> None:
    settings = ModelSettings(ollama_url=ollama_server.url, model="scripted:echo")
    assert offered_models(settings) == ["built-in", f"ollama:{NAME}"]
    settings = ModelSettings(ollama_url=f"http://127.0.0.1:{closed_port()}", model="openai:m")
    assert offered_models(settings) == ["built-in", "openai:m"]


@pytest.mark.parametrize("spec", ["gpt", "openai:", "nothing:x", "scripted:unknown", "local:/no/such/file.gguf"])
def test_what_is_no_model_is_refused(spec: str) -> None:
    with pytest.raises(ModelError):
        open_model(spec, ModelSettings())
