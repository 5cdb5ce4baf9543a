"""A server that speaks OpenAI's chat completions as server-sent events."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tests.loopback.server import Asked, Loopback


class OpenAiServer(Loopback):
    content_type = "text/event-stream"

    @property
    def base_url(self) -> str:
        return f"{self.url}/v1"

    def frames(self, asked: Asked, pieces: Iterator[str]) -> Iterator[bytes]:
        count = 0
        for piece in pieces:
            count += 1
            yield _event({"choices": [{"index": 0, "delta": {"role": "assistant", "content": piece}}]})
        yield _event({"choices": [{"index": 0, "delta": {}, "finish_reason": self.script.stop or "stop"}]})
        usage = {"prompt_tokens": 120, "completion_tokens": count, "total_tokens": 120 + count}
        yield _event({"choices": [], "usage": usage})
        yield b"data: [DONE]\n\n"

    def before_end(self, frames: list[bytes]) -> int:
        return len(frames) - 3


def _event(data: dict[str, Any]) -> bytes:
    whole = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "m", **data}
    return f"data: {json.dumps(whole)}\n\n".encode()
