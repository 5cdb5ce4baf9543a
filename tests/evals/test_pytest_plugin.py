"""The fixture as its user sees it: in a pytest run of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CASE = (
    '{{"id": "a{n}", "origin": "own", "split": "dev", "objective": null, "question": "{q}", "key_facts": [["{fact}"]],'
    ' "notes": ["random-cut-forest"]}}\n'
)


def pytest_run(folder: Path, test: str) -> subprocess.CompletedProcess[str]:
    (folder / "test_pack.py").write_text(test)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "evals.pytest_plugin", "-p", "no:randomly", str(folder)]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True)


@pytest.fixture(scope="module")
def folder(small_pack: Path, library, tmp_path_factory: pytest.TempPathFactory) -> Path:  # type: ignore[no-untyped-def]
    import shutil

    folder = tmp_path_factory.mktemp("own")
    home = folder / ".pytest_cache" / "d" / "exam-tutor"
    shutil.copytree(library.home, home)  # vectors are there already
    (folder / "cases").mkdir()
    (folder / "cases" / "answerable.jsonl").write_text(
        CASE.format(n=1, q="Is RCF unsupervised?", fact="unsupervised")
        + CASE.format(n=2, q="What is RCF?", fact="anomal")
    )
    return folder


def test_the_fixture_gates_a_pack(folder: Path, small_pack: Path) -> None:
    test = (
        "def test_pack(tutor_gate):\n"
        f"    result = tutor_gate({str(small_pack)!r}, 'cases', suites=['answers'], at_least={{'key_facts': 0.9}})\n"
        "    result.check()\n"
        "def test_too_much_is_asked(tutor_gate):\n"
        f"    result = tutor_gate({str(small_pack)!r}, 'cases', suites=['answers'], at_most={{'false_refusals': -1.0}})\n"
        "    result.check()\n"
    )
    done = pytest_run(folder, test)
    assert "1 failed, 1 passed" in done.stdout, done.stdout + done.stderr
    assert "false_refusals is 0.000; at most -1.0 is asked for." in done.stdout


def test_the_entry_point_is_declared_under_its_modules_name() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"]["pytest11"]
    assert declared == {"evals.pytest_plugin": "evals.pytest_plugin"}
