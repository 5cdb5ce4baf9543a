"""A real server, started from another folder, and a real Chromium."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from ingest.build import ingest
from ingest.settings import LibrarySettings

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    " --disable-component-update --disable-sync"
).split()
HINT = "no Chromium; to run the browser tests: sudo apt-get install -y chromium"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        if os.environ.get("CI"):
            pytest.fail(HINT)
        pytest.skip(HINT)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


class Trap:
    """A loopback server that counts who asks it for anything."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        trap = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                trap.asked.append(self.path)
                self.send_response(200)
                self.end_headers()

            def log_message(self, *arguments: object) -> None:  # type: ignore[override]
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture(scope="session")
def trap() -> Iterator[Trap]:
    trap = Trap()
    yield trap
    trap.server.shutdown()
    trap.server.server_close()


def hostile_note(url: str) -> str:
    """A learner's own note full of ways to make a browser fetch something."""
    return (
        "# Zorblax\n\nZorblax is a made-up protocol for tests. "
        f"Zorblax shows ![a picture]({url}/inline) and <img src='{url}/html'> in its first sentence. "
        f"Zorblax also has ![one]({url}/a b) and [![two]({url}/nested)]({url}/link) and <{url}/auto> here. "
        f"Zorblax ends with :red[colour], $x^2$, :smile: and :material/home: marks.\n\n"
        f"| Part | Zorblax picture |\n|---|---|\n| Zorblax cell | ![cell]({url}/cell) |\n"
    )


@pytest.fixture(scope="session")
def served_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The TUTOR_HOME of the server."""
    return tmp_path_factory.mktemp("served") / "home"


@pytest.fixture(scope="session")
def server(
    library: LibrarySettings, trap: Trap, served_home: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    home = served_home
    shutil.copytree(library.home, home)
    material = tmp_path_factory.mktemp("material")
    (material / "zorblax.md").write_text(hostile_note(trap.url))
    ingest(LibrarySettings(home=home, pack=library.pack), add=[material])
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    env = {**os.environ, "TUTOR_HOME": str(home), "TUTOR_PACK": library.pack, "TUTOR_STREAM_PAUSE_MS": "400"}
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    process = subprocess.Popen(
        [sys.executable, "-m", "app.cli", "serve", "--port", str(port)],
        cwd=elsewhere,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    url = f"http://127.0.0.1:{port}"
    for _ in range(150):
        try:
            urllib.request.urlopen(f"{url}/_stcore/health", timeout=1)
            break
        except OSError:
            time.sleep(0.2)
    yield url
    process.terminate()
    output, _ = process.communicate(timeout=20)
    assert "Traceback" not in output
    assert not (Path(elsewhere) / ".streamlit").exists()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1200, "height": 900})
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext, server: str) -> Page:
    page = context.new_page()
    page.set_default_timeout(20_000)
    page.goto(server)
    page.get_by_text("Ask in your own words").wait_for()
    return page
