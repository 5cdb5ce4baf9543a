from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from app.llm.tracing import start_tracing

SECRET = "How many flamingos does the secret question hold?"
ASK = f"""
from langchain_core.messages import HumanMessage
from app.llm.factory import open_model
from app.llm.model import Limits, stream_text
for script in ("say=Flamingos answer this.", "cut-mid-token"):
    model = open_model("scripted:" + script)
    try:
        list(stream_text(model, [HumanMessage({SECRET!r})], Limits(attempts=1)))
    except Exception:
        pass
"""


class Collector:
    """Takes spans as OTLP over HTTP."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                collector.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *arguments: object) -> None:  # type: ignore[override]
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def attributes(self) -> list[dict[str, str]]:
        """Return the attributes of each span."""
        requests = [ExportTraceServiceRequest.FromString(body) for body in self.bodies]
        spans = [s for r in requests for rs in r.resource_spans for ss in rs.scope_spans for s in ss.spans]
        return [{a.key: a.value.string_value for a in span.attributes} for span in spans]


@pytest.fixture
def collector() -> Iterator[Collector]:
    collector = Collector()
    yield collector
    collector.server.shutdown()
    collector.server.server_close()


def traced(collector: Collector, **env: str) -> None:
    env = {**os.environ, "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "OTEL_EXPORTER_OTLP_COMPRESSION": "none", **env}
    subprocess.run([sys.executable, "-c", ASK], env=env, check=True, timeout=60)


def test_spans_go_out_without_what_was_said(collector: Collector) -> None:
    traced(collector)
    spans = collector.attributes()
    assert len(spans) == 2
    assert all(span["openinference.span.kind"] == "LLM" for span in spans)
    sent = b"".join(collector.bodies).decode("utf-8", "replace").casefold()
    assert "flamingo" not in sent
    assert "unsuperv" not in sent
    assert "connectionreseterror" in sent
    assert "the connection was closed" not in sent


def test_text_goes_out_only_when_asked_for(collector: Collector) -> None:
    traced(collector, TUTOR_TRACE_TEXT="1")
    assert SECRET.encode() in b"".join(collector.bodies)


def test_it_is_off_without_an_exporter(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("OTEL_")]:
        monkeypatch.delenv(name)
    start_tracing.cache_clear()
    assert start_tracing() is False
