"""Starts the Streamlit server."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path
from typing import NoReturn

from corpus.errors import TutorError

_PORTS_TRIED = 20


def free_port(host: str, wanted: int) -> int:
    """Return ``wanted`` or the next free port after it.

    Raises:
        TutorError: none of the next ports is free, or the host is none of this machine.
    """
    for port in range(wanted, min(wanted + _PORTS_TRIED, 65536)):
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except PermissionError as error:
                raise TutorError(f"Port {port} needs more rights; choose one above 1023 with --port.") from error
            except socket.gaierror as error:
                raise TutorError(f"{host!r} is no address of this machine; use 127.0.0.1.") from error
            except OSError:
                continue
            return port
    raise TutorError(f"The ports {wanted} to {wanted + _PORTS_TRIED - 1} are busy; choose another with --port.")


def server_command(host: str, port: int) -> list[str]:
    """Return the command that serves the pages: no telemetry, no e-mail prompt, no tracebacks on the page."""
    options = {
        "server.address": host,
        "server.port": str(port),
        "server.headless": "true",
        "server.fileWatcherType": "none",
        "server.enableXsrfProtection": "true",
        "server.runOnSave": "false",
        "browser.gatherUsageStats": "false",
        "client.showErrorDetails": "none",
        "client.toolbarMode": "minimal",
        "logger.level": "error",
    }
    script = Path(__file__).with_name("main.py")
    flags = [f"--{name}={value}" for name, value in options.items()]
    return [sys.executable, "-m", "streamlit", "run", str(script), *flags]


def serve(host: str, port: int, model: str | None = None) -> NoReturn:
    """Become the server, so that signals reach it; ``model`` takes the place of TUTOR_MODEL."""
    command = server_command(host, port)
    chosen = {"TUTOR_MODEL": model} if model else {}
    os.execve(command[0], command, {**os.environ, "ANONYMIZED_TELEMETRY": "False", **chosen})
