from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from app.tutor.tutor import open_tutor
from ingest.bedrock_embedder import BedrockEmbedder
from ingest.build import ingest
from ingest.embedder import open_embedder
from ingest.errors import EmbedderError
from ingest.settings import LibrarySettings
from ingest.words import words
from tests.app.llm.conftest import use_bedrock
from tests.loopback.bedrock import BedrockServer
from tests.loopback.server import Asked

TITAN = "bedrock:amazon.titan-embed-text-v2:0"


def bag_of_words(asked: Asked) -> bytes | None:
    """Answer as Titan does, with a vector in which texts that share words are near."""
    if not asked.path.endswith("/invoke"):
        return None
    vector = np.full(64, 0.01)
    for word in words(asked.json["inputText"]):
        vector[int(hashlib.sha256(word.encode()).hexdigest(), 16) % 64] += 1.0
    return json.dumps({"embedding": vector.tolist(), "inputTextTokenCount": 5}).encode()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[BedrockServer]:
    server = BedrockServer()
    server.other = bag_of_words  # type: ignore[method-assign]
    use_bedrock(monkeypatch, server)
    yield server
    server.close()


def test_a_library_is_embedded_and_searched_through_bedrock(server: BedrockServer, tmp_path: Path) -> None:
    (tmp_path / "pack").mkdir()
    for name in ("exam.yaml", "glossary.yaml"):
        (tmp_path / "pack" / name).write_bytes((Path("corpus/mls_c01") / name).read_bytes())
    note = Path("corpus/mls_c01/notes/algorithms/random-cut-forest.md").read_text()
    (tmp_path / "pack" / "notes").mkdir()
    (tmp_path / "pack" / "notes" / "random-cut-forest.md").write_text(note)
    settings = LibrarySettings(home=tmp_path / "home", pack=str(tmp_path / "pack"), embedder=TITAN)
    report = ingest(settings)
    assert report is not None
    tutor = open_tutor(settings)
    assert tutor.state().embedder == "bedrock--amazon.titan-embed-text-v2-0"
    passage = tutor.retriever.retrieve("Does Random Cut Forest need labels?").passages[0]
    assert passage.title.startswith("Random Cut Forest")
    assert server.unsigned == 0
    assert server.model_of(server.asked[0]) == "amazon.titan-embed-text-v2:0"


def test_vectors_have_length_one_and_tokens_are_those_of_the_shipped_model(server: BedrockServer) -> None:
    embedder = open_embedder(TITAN, Path("/nonexistent"))
    assert isinstance(embedder, BedrockEmbedder)
    assert np.linalg.norm(embedder.embed_query("Random Cut Forest")) == pytest.approx(1.0)
    assert embedder.dimension == 64
    assert embedder.count_tokens("Random Cut Forest") == open_embedder("minilm", Path("/nonexistent")).count_tokens(
        "Random Cut Forest"
    )


def test_what_bedrock_refuses_is_one_sentence(server: BedrockServer, caplog: pytest.LogCaptureFixture) -> None:
    server.other = lambda asked: None  # type: ignore[method-assign]
    server.error = "AccessDeniedException"
    with pytest.raises(EmbedderError, match=r"AccessDeniedException.*TUTOR_EMBEDDER=minilm"):
        open_embedder(TITAN, Path("/nonexistent")).embed_query("x")
    assert "Traceback" not in caplog.text
