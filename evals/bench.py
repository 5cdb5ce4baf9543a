"""Processor time of what a learner waits for: ``python -m evals.bench``, over the library of TUTOR_HOME.

Seconds of user and system time of whole processes, the median of five; they do not depend on what else the
machine does as much as elapsed time does.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

_RUNS = 5


def main() -> None:
    """Print the figures."""
    print(f"tutor --help: {_median(lambda: _run('--help')):.2f} s CPU")
    print(f"first answer, cold start: {_median(lambda: _run('ask', 'What is k-means?')):.2f} s CPU")
    print(f"ingest, nothing changed: {_median(lambda: _run('ingest')):.2f} s CPU with imports")
    print(f"server until the first page is drawn: {_first_page_cpu():.2f} s CPU")
    figures = json.loads(_output("eval", "answers", "--split", "dev", "--json"))
    print(f"warm answer: {figures['CPU per warm answer']} CPU")


def _median(measure: Callable[[], float]) -> float:
    return statistics.median(measure() for _ in range(_RUNS))


def _run(*arguments: str) -> float:
    """Return the processor seconds of one command."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    _output(*arguments)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _output(*arguments: str) -> str:
    command = [sys.executable, "-m", "app.cli", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def _first_page_cpu() -> float:
    """Return the processor seconds of the server until a browser shows the first page."""
    from playwright.sync_api import sync_playwright

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        command = [sys.executable, "-m", "app.cli", "serve", "--port", str(port)]
        process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            _wait_for(port)
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            page = browser.new_page()
            page.goto(f"http://127.0.0.1:{port}")
            page.get_by_role("button", name="New conversation").wait_for()
            page.get_by_text("Ask in your own words").wait_for()
            ticks = Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
            browser.close()
            return (int(ticks[11]) + int(ticks[12])) / os.sysconf("SC_CLK_TCK")
        finally:
            process.terminate()
            process.wait()


def _wait_for(port: int) -> None:
    for _ in range(200):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=1) as answer:
                if answer.status == 200:
                    return
        except (TimeoutError, OSError):
            time.sleep(0.1)
    raise TimeoutError("the server did not answer in 20 s")


if __name__ == "__main__":
    main()
