from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.loopback import bedrock
from tests.loopback.bedrock import BedrockServer
from tests.loopback.ollama import OllamaServer
from tests.loopback.openai import OpenAiServer


@pytest.fixture
def openai_server() -> Iterator[OpenAiServer]:
    server = OpenAiServer()
    yield server
    server.close()


@pytest.fixture
def ollama_server() -> Iterator[OllamaServer]:
    server = OllamaServer()
    yield server
    server.close()


@pytest.fixture
def bedrock_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[BedrockServer]:
    server = BedrockServer()
    use_bedrock(monkeypatch, server)
    yield server
    server.close()


def use_bedrock(monkeypatch: pytest.MonkeyPatch, server: BedrockServer) -> None:
    """Point the AWS chain at the server, with the keys that it knows."""
    no_aws(monkeypatch)
    monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", server.url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", bedrock.KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", bedrock.SECRET)
    monkeypatch.setenv("AWS_REGION", bedrock.REGION)


def no_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave nothing of the AWS chain of whoever runs the tests."""
    import os

    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
