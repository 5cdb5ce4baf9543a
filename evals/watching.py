"""Which connections this process opens and which files it writes."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field
from typing import Any

_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


@dataclass
class Watch:
    """What this process did while it was watched."""

    connections: list[str] = field(default_factory=list)
    writes: list[str] = field(default_factory=list)
    active: bool = False


def watch_process() -> Watch:
    """Return a watch over connections, files opened for writing, deletions and programs started by this process."""
    watch = Watch()

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if not watch.active:
            return
        if event in ("socket.connect", "socket.getaddrinfo", "urllib.Request"):
            watch.connections.append(f"{event} {arguments[-1]}")
        elif event == "open" and isinstance(arguments[2], int) and arguments[2] & _WRITES:
            watch.writes.append(f"open {arguments[0]}")
        elif event in ("os.remove", "os.rename", "os.mkdir", "shutil.rmtree", "subprocess.Popen", "os.system"):
            watch.writes.append(f"{event} {arguments[0]}")

    sys.addaudithook(hook)
    return watch
