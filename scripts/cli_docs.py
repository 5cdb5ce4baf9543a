"""Writes docs/cli.md from the commands' own help; ``--check`` only says whether it is current."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "docs" / "cli.md"
COMMANDS = (
    (), ("serve",), ("ask",), ("search",), ("check",), ("ingest",), ("doctor",),
    ("model", "list"), ("model", "add"), ("model", "remove"),
    ("pack", "check"), ("eval", "run"), ("eval", "compare"), ("eval", "runs"),
    ("eval", "baseline"), ("eval", "report"), ("eval", "ablate"), ("eval", "answers"), ("eval", "retrieval"),
)  # fmt: skip


def reference() -> str:
    """Return the whole reference as Markdown."""
    env = {**os.environ, "NO_COLOR": "1", "COLUMNS": "100", "TERM": "dumb"}
    parts = ["# The command `tutor`", "", "Written by `make docs`; a test checks that it is current.", ""]
    for command in COMMANDS:
        run = subprocess.run(
            [sys.executable, "-m", "app.cli", *command, "--help"], capture_output=True, text=True, env=env, check=True
        )
        lines = "\n".join(line.rstrip() for line in run.stdout.strip().splitlines())
        parts += [
            f"## {' '.join(('tutor', *command))}",
            "",
            "```text",
            lines.replace("python -m app.cli", "tutor"),
            "```",
            "",
        ]
    return "\n".join(parts)


def main() -> int:
    """Write or check; return the exit code."""
    text = reference()
    if "--check" in sys.argv:
        if TARGET.read_text(encoding="utf-8") == text:
            return 0
        print("docs/cli.md is not current; run make docs.")
        return 1
    TARGET.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
