"""The manifest of the case files: hashes and counts, frozen cases apart. ``python -m evals.manifest`` writes it.

Frozen cases are for the final figure: they are never tuned on. A changed hash shows that someone touched them.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

from corpus.errors import TutorError
from evals.case import cases_dir
from evals.errors import CaseError

NAME = "manifest.json"


def manifest_of(folder: Path) -> dict[str, dict[str, Any]]:
    """Return by case file its SHA-256, its number of cases, and number and SHA-256 of its frozen ones.

    Raises:
        CaseError: a line is no JSON object.
    """
    found = {}
    for path in sorted(folder.glob("*.jsonl")):
        lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        try:
            frozen = [line for line in lines if json.loads(line)["split"] == "frozen"]
        except (ValueError, KeyError, TypeError) as error:
            raise CaseError(f"{path}: a line is no case ({error}).") from error
        found[path.name] = {
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            "cases": len(lines),
            "frozen": len(frozen),
            "frozen_sha256": hashlib.sha256("\n".join(sorted(frozen)).encode()).hexdigest(),
        }
    return found


def changed_frozen(folder: Path) -> list[str]:
    """Return the files whose frozen cases differ from the manifest, or that it does not list; none without a manifest."""
    path = folder / NAME
    if not path.exists():
        return []
    try:
        listed = json.loads(path.read_text(encoding="utf-8"))
        return [
            name
            for name, entry in manifest_of(folder).items()
            if listed.get(name, {}).get("frozen_sha256") != entry["frozen_sha256"]
        ]
    except (OSError, ValueError, AttributeError) as error:
        raise CaseError(f"{path} cannot be read ({error}); write it anew with python -m evals.manifest.") from error


def main() -> int:
    """Write the manifest of the shipped cases; return the exit status."""
    folder = cases_dir()
    try:
        text = json.dumps(manifest_of(folder), indent=1) + "\n"
    except TutorError as error:
        print(error, file=sys.stderr)
        return 1
    (folder / NAME).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
