"""Creates .venv from requirements.lock, or mends it; does nothing when it is current.

A stamp in .venv holds the hash of the pins, the project file and the Python version. It is written last, so an
interrupted run is noticed and made again. Needs nothing but Python's standard library.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "installed.txt"
LOCK = ROOT / "requirements.lock"
DATA = ROOT / "requirements.data.txt"
PIP = "pip>=25"


def main() -> int:
    """Make the environment current; return the exit code."""
    if sys.version_info < (3, 11):  # noqa: UP036 - any Python may run this script
        print(f"Python {sys.version.split()[0]} is too old; use 3.11 or newer: make run PYTHON=python3.11")
        return 1
    wanted = fingerprint()
    if is_current(wanted):
        return 0
    if VENV.exists() and not works():
        print("The environment in .venv is broken; making it anew.")
        shutil.rmtree(VENV)
    if not VENV.exists():
        print("Creating .venv …", flush=True)
        venv.create(VENV, with_pip=True)
    STAMP.unlink(missing_ok=True)
    print("Installing the pinned packages (about 740 MB the first time) …", flush=True)
    for arguments in (
        ["install", "--quiet", "--upgrade", PIP],
        ["install", "--quiet", "--requirement", str(LOCK)],
        ["install", "--quiet", "--no-deps", "--requirement", str(DATA)],
        ["install", "--quiet", "--no-deps", "--editable", str(ROOT)],
    ):
        if subprocess.run(
            [str(PYTHON), "-m", "pip", "--disable-pip-version-check", *arguments], check=False
        ).returncode:
            print("Installing failed; check the network and run the same command again, it goes on where it stopped.")
            return 1
    STAMP.write_text(wanted, encoding="utf-8")
    return 0


def fingerprint() -> str:
    """Return the hash of everything that decides what is installed."""
    digest = hashlib.sha256(f"{sys.version_info[:2]}{ROOT}".encode())
    for path in (LOCK, DATA, ROOT / "pyproject.toml"):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def is_current(wanted: str) -> bool:
    """Return whether the last complete installation had the same fingerprint."""
    return PYTHON.exists() and STAMP.is_file() and STAMP.read_text(encoding="utf-8") == wanted


def works() -> bool:
    """Return whether the environment's Python and pip run."""
    if not PYTHON.exists():
        return False
    return subprocess.run([str(PYTHON), "-m", "pip", "--version"], capture_output=True, check=False).returncode == 0


if __name__ == "__main__":
    sys.exit(main())
