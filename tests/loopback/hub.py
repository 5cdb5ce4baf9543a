"""A model hub on this machine: one file, by HEAD and by ranges of GET; it can break off in the middle."""

from __future__ import annotations

import hashlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Hub:
    """``break_after`` bytes the first GET is cut, and the hub ``dies`` then if asked; ``ranges`` are the Range headers."""

    def __init__(self, content: bytes, break_after: int = 0, dies: bool = False) -> None:
        self.content, self.break_after, self.dies = content, break_after, dies
        self.ranges: list[str] = []
        hub = self

        class Handler(BaseHTTPRequestHandler):
            def do_HEAD(self) -> None:
                hub._head(self, 200, len(hub.content))

            def do_GET(self) -> None:
                hub._get(self)

            def log_message(self, *arguments: object) -> None:  # type: ignore[override]
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.handle_error = lambda *_: None  # type: ignore[method-assign]
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        """Stop."""
        self._server.shutdown()
        self._server.server_close()

    def _head(self, handler: BaseHTTPRequestHandler, status: int, length: int, first: int = 0) -> None:
        handler.send_response(status)
        handler.send_header("Content-Length", str(length))
        handler.send_header("Accept-Ranges", "bytes")
        handler.send_header("ETag", f'"{hashlib.sha256(self.content).hexdigest()}"')
        handler.send_header("X-Repo-Commit", "f" * 40)
        if status == 206:
            handler.send_header("Content-Range", f"bytes {first}-{len(self.content) - 1}/{len(self.content)}")
        handler.end_headers()

    def _get(self, handler: BaseHTTPRequestHandler) -> None:
        wanted = handler.headers.get("Range") or ""
        self.ranges.append(wanted)
        first = int(wanted.removeprefix("bytes=").split("-")[0]) if wanted else 0
        rest = self.content[first:]
        self._head(handler, 206 if wanted else 200, len(rest), first)
        if not self.break_after:
            handler.wfile.write(rest)
            return
        handler.wfile.write(rest[: self.break_after])
        self.break_after = 0
        if self.dies:
            threading.Thread(target=self.close).start()
