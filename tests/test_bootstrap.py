from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def bootstrap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script over an empty project of its own."""
    spec = importlib.util.spec_from_file_location("bootstrap", ROOT / "scripts" / "bootstrap.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    (tmp_path / "requirements.lock").write_text("")
    (tmp_path / "requirements.data.txt").write_text("")
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "x"\nversion = "1"\n')
    for name, value in (
        ("ROOT", tmp_path),
        ("VENV", tmp_path / ".venv"),
        ("PYTHON", tmp_path / ".venv" / "bin" / "python"),
        ("STAMP", tmp_path / ".venv" / "installed.txt"),
        ("LOCK", tmp_path / "requirements.lock"),
        ("DATA", tmp_path / "requirements.data.txt"),
    ):
        monkeypatch.setattr(module, name, value)
    return module


def test_a_changed_pin_file_is_noticed(bootstrap: ModuleType) -> None:
    before = bootstrap.fingerprint()
    bootstrap.LOCK.write_text("six==1.17.0\n")
    assert bootstrap.fingerprint() != before


def test_only_a_finished_installation_counts(bootstrap: ModuleType) -> None:
    wanted = bootstrap.fingerprint()
    assert not bootstrap.is_current(wanted)
    bootstrap.PYTHON.parent.mkdir(parents=True)
    bootstrap.PYTHON.symlink_to(sys.executable)
    assert not bootstrap.is_current(wanted)
    bootstrap.STAMP.write_text("interrupted")
    assert not bootstrap.is_current(wanted)
    bootstrap.STAMP.write_text(wanted)
    assert bootstrap.is_current(wanted)


def test_a_broken_environment_is_seen(bootstrap: ModuleType) -> None:
    assert not bootstrap.works()
    bootstrap.PYTHON.parent.mkdir(parents=True)
    bootstrap.PYTHON.write_text("#!/bin/sh\nexit 1\n")
    bootstrap.PYTHON.chmod(0o755)
    assert not bootstrap.works()


def test_the_pins_bring_no_cuda_and_cover_what_is_declared() -> None:
    pins = {line.split("==")[0].lower().replace("_", "-") for line in (ROOT / "requirements.lock").read_text().split()}
    assert not [name for name in pins if name.startswith(("nvidia", "triton", "cuda"))]
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    declared = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    names = {item.split(">")[0].split("=")[0].strip().lower().replace("_", "-") for item in declared}
    assert names <= pins
