"""What the loopback model servers share: a script of what to say and how to fail, and what they were asked."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

HTML = b"<!DOCTYPE html><html><body><h1>502 Bad Gateway</h1><script>alert(1)</script></body></html>"
STATUS = {"busy-429": 429, "unavailable-503": 503, "expired-credentials": 401}


@dataclass
class Script:
    """What the server says, piece by piece, and the fault it has; ``fail_first`` requests fail, later ones do not."""

    pieces: list[str] = field(default_factory=lambda: ["Random Cut Forest is ", "unsupervised. "])
    fault: str = ""
    fail_first: int = 10**6
    stop: str = ""
    pause_s: float = 0.0


@dataclass(frozen=True)
class Asked:
    """A request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Loopback:
    """A server on 127.0.0.1 with a ``script``; subclasses say how its pieces look on the wire."""

    content_type = "application/json"

    def __init__(self, script: Script | None = None) -> None:
        self.script = script or Script()
        self.asked: list[Asked] = []
        self.statuses = dict(STATUS)
        self._ended = threading.Event()
        loopback = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                loopback._serve(self)

            def do_POST(self) -> None:
                loopback._serve(self)

            def log_message(self, *arguments: object) -> None:  # type: ignore[override]
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.handle_error = lambda *_: None  # type: ignore[method-assign]
        self.port = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        """Stop; whoever still waits for an answer is let go."""
        self._ended.set()
        self._server.shutdown()
        self._server.server_close()

    # What a subclass may change

    def frames(self, asked: Asked, pieces: Iterator[str]) -> Iterator[bytes]:
        """Yield the bytes of an answer made of ``pieces``."""
        raise NotImplementedError

    def frames_malformed(self) -> Iterator[bytes]:
        """Yield what looks like a frame and is none."""
        yield b'data: {"choices": [\n\n'

    def frames_of_other_schema(self) -> Iterator[bytes]:
        """Yield a frame whose fields nobody agreed on."""
        yield b'data: {"tool": "delete_files", "arguments": {"path": "/"}}\n\n'

    def error_body(self, status: int) -> tuple[dict[str, str], bytes]:
        """Return headers and body of an HTTP error."""
        return {}, json.dumps({"error": {"message": "no", "code": str(status)}}).encode()

    def other(self, asked: Asked) -> bytes | None:
        """Return the answer to a request that is no chat, or None."""
        return None

    # How it runs

    def _serve(self, handler: BaseHTTPRequestHandler) -> None:
        length = int(handler.headers.get("Content-Length") or 0)
        asked = Asked(handler.command, handler.path, lowered(handler.headers), handler.rfile.read(length))
        other = self.other(asked)
        if other is not None:
            self._send(handler, 200, {"Content-Type": "application/json"}, other)
            return
        self.asked.append(asked)
        fault = self.script.fault if len(self.asked) <= self.script.fail_first else ""
        if fault in self.statuses:
            status = self.statuses[fault]
            headers, body = self.error_body(status)
            self._send(handler, status, {"Content-Type": "application/json", **headers}, body)
        elif fault == "html-page":
            self._send(handler, 200, {"Content-Type": "text/html"}, HTML)
        else:
            self._stream(handler, asked, fault)

    def _send(self, handler: BaseHTTPRequestHandler, status: int, headers: dict[str, str], body: bytes) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    def _stream(self, handler: BaseHTTPRequestHandler, asked: Asked, fault: str) -> None:
        if fault == "slow-first-token":
            self._ended.wait(60)
            return
        handler.send_response(200)
        handler.send_header("Content-Type", self.content_type)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        for frame in self._frames(asked, fault):
            handler.wfile.write(f"{len(frame):x}\r\n".encode() + frame + b"\r\n")
            handler.wfile.flush()
        if fault == "cut-mid-token":
            handler.connection.shutdown(socket.SHUT_RDWR)
            return
        handler.wfile.write(b"0\r\n\r\n")

    def _frames(self, asked: Asked, fault: str) -> Iterator[bytes]:
        match fault:
            case "malformed-json":
                yield from self.frames_malformed()
            case "wrong-schema":
                yield from self.frames_of_other_schema()
            case "empty":
                yield from self.frames(asked, iter(()))
            case "over-long":
                yield from self.frames(asked, self._endless())
            case "stall":
                yield from self.frames(asked, self._stalling())
            case "cut-mid-token":
                frames = list(self.frames(asked, iter(["Random Cut Forest is an unsuperv"])))
                yield from frames[: self.before_end(frames)]
            case _:
                yield from self.frames(asked, self._pieces())

    def before_end(self, frames: list[bytes]) -> int:
        """Return how many frames come before those that end an answer."""
        return len(frames) - 2

    def _pieces(self) -> Iterator[str]:
        for piece in self.script.pieces:
            self._ended.wait(self.script.pause_s)
            yield piece

    def _stalling(self) -> Iterator[str]:
        yield "Random Cut Forest is "
        self._ended.wait(60)

    def _endless(self) -> Iterator[str]:
        until = time.monotonic() + 20
        while not self._ended.is_set() and time.monotonic() < until:
            yield "and so on and on "


def lowered(headers: Message) -> dict[str, str]:
    """Return headers by their names in small letters."""
    return {name.lower(): value for name, value in headers.items()}


def closed_port() -> int:
    """Return a port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
