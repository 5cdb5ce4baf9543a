"""Kills ingest at random points and checks that the published index always opens whole.

``python -m evals.drill --kills 50``; exits 1 on the first loss. Each round changes some notes, so that there is
something to embed, build and publish.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from corpus.pack import find_pack
from ingest.build import ingest
from ingest.errors import IngestError
from ingest.index import Index
from ingest.library import Library
from ingest.settings import LibrarySettings

_NOTES = 12


def main() -> int:
    """Run the drill and print what happened; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=7)
    arguments = parser.parse_args()
    chance = random.Random(arguments.seed)
    with tempfile.TemporaryDirectory() as folder:
        settings = _prepare(Path(folder))
        length = _seconds(settings, chance)
        during = 0
        for number in range(1, arguments.kills + 1):
            _change(settings, chance)
            during += _kill(settings, chance.uniform(0.2, length * 1.05))
            problem = _problem(settings)
            if problem:
                print(f"kill {number}: {problem}")
                return 1
        ingest(settings)
        left = [path.name for path in settings.index_dir.iterdir() if path.name.startswith(".building")]
    print(f"{arguments.kills} kills, {during} of them while ingest was running: the index opened whole every time.")
    return 1 if left else 0


def _prepare(folder: Path) -> LibrarySettings:
    pack = folder / "pack"
    real = find_pack("mls_c01")
    shutil.copytree(real, pack, ignore=shutil.ignore_patterns("*.md", "confusions.yaml"))
    for path in sorted((real / "notes").rglob("*.md"))[:_NOTES]:
        place = pack / path.relative_to(real)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, place)
    settings = LibrarySettings(home=folder / "home", pack=str(pack))
    ingest(settings)
    return settings


def _change(settings: LibrarySettings, chance: random.Random) -> None:
    for path in chance.sample(sorted(Path(settings.pack).rglob("*.md")), 3):
        path.write_text(f"{path.read_text()}\nAddition number {chance.randrange(10**9)} was made to this note.\n")


def _seconds(settings: LibrarySettings, chance: random.Random) -> float:
    """Return how long a whole run takes in a process of its own."""
    _change(settings, chance)
    began = time.monotonic()
    _start(settings).wait()
    return time.monotonic() - began


def _start(settings: LibrarySettings) -> subprocess.Popen[bytes]:
    env = {**os.environ, "TUTOR_HOME": str(settings.home), "TUTOR_PACK": settings.pack}
    command = [sys.executable, "-m", "app.cli", "ingest"]
    return subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _kill(settings: LibrarySettings, after_seconds: float) -> bool:
    """Kill a run after a time; return whether it was still running."""
    process = _start(settings)
    try:
        process.wait(after_seconds)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.wait()
        return True
    return False


def _problem(settings: LibrarySettings) -> str | None:
    """Return what is wrong with what is published, or None."""
    index = Index(settings.index_dir)
    try:
        generation = index.current()
        if generation is None:
            return "no generation is published"
        index.open(generation)
        contents = Library(settings.library_path).load_generation(generation.name)
    except IngestError as error:
        return str(error)
    chunks = sum(len(chunks) for _, chunks in contents)
    return None if chunks == generation.chunks else f"{chunks} chunks in the library, {generation.chunks} in the index"


if __name__ == "__main__":
    sys.exit(main())
