"""A server that speaks Ollama's chat as lines of JSON, and lists its models."""

from __future__ import annotations

import json
from collections.abc import Iterator

from tests.loopback.server import Asked, Loopback

NAME = "llama3.2:3b"
_AT = "2026-11-24T09:00:00Z"


class OllamaServer(Loopback):
    content_type = "application/x-ndjson"

    def frames(self, asked: Asked, pieces: Iterator[str]) -> Iterator[bytes]:
        count = 0
        for piece in pieces:
            count += 1
            line = {
                "model": NAME,
                "created_at": _AT,
                "message": {"role": "assistant", "content": piece},
                "done": False,
            }
            yield (json.dumps(line) + "\n").encode()
        end = {
            "model": NAME, "created_at": _AT, "message": {"role": "assistant", "content": ""}, "done": True,
            "done_reason": self.script.stop or "stop", "prompt_eval_count": 120, "eval_count": count,
        }  # fmt: skip
        yield (json.dumps(end) + "\n").encode()

    def before_end(self, frames: list[bytes]) -> int:
        return len(frames) - 1

    def frames_malformed(self) -> Iterator[bytes]:
        yield b'{"message": {"content": "Random\n'

    def frames_of_other_schema(self) -> Iterator[bytes]:
        yield b'{"tool": "delete_files", "arguments": {"path": "/"}, "done": true}\n'

    def error_body(self, status: int) -> tuple[dict[str, str], bytes]:
        return {}, json.dumps({"error": f"status {status}"}).encode()

    def other(self, asked: Asked) -> bytes | None:
        if asked.path != "/api/tags":
            return None
        return json.dumps({"models": [{"model": NAME, "name": NAME}]}).encode()
