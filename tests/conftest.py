"""Fixtures: a small pack cut from the real one, ingested once for the whole run."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from corpus.pack import find_pack
from ingest.build import ingest
from ingest.settings import LibrarySettings

REAL_PACK = find_pack("mls_c01")
SMALL = (
    "exploratory_data_analysis/choosing-a-chart",
    "services/choosing-an-ai-service",
    "algorithms/random-cut-forest",
    "algorithms/k-means",
    "algorithms/xgboost",
    "algorithms/deepar",
    "data_engineering/amazon-data-firehose",
    "data_engineering/amazon-kinesis-data-streams",
    "modeling/precision-and-recall",
    "modeling/l1-and-l2-regularization",
    "exploratory_data_analysis/smote",
    "exam/exam-format-and-rules",
)


@pytest.fixture(autouse=True)
def _no_home_of_the_user(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No test touches the library of whoever runs it."""
    for name in [name for name in os.environ if name.startswith("TUTOR_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("TUTOR_HOME", str(tmp_path / "unused-home"))
    return


def copy_pack(target: Path) -> Path:
    """Copy the small pack to ``target`` and return its folder; no free items, because they rest on notes it lacks."""
    shutil.copytree(REAL_PACK, target, ignore=shutil.ignore_patterns("notes", "*.md", "confusions.yaml", "free"))
    for name in SMALL:
        place = target / "notes" / f"{name}.md"
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(REAL_PACK / "notes" / f"{name}.md", place)
    return target


@pytest.fixture(scope="session")
def small_pack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_pack(tmp_path_factory.mktemp("packs") / REAL_PACK.name)


@pytest.fixture(scope="session")
def library(small_pack: Path, tmp_path_factory: pytest.TempPathFactory) -> LibrarySettings:
    """Settings of a library with the small pack in it; tests must not change it."""
    settings = LibrarySettings(home=tmp_path_factory.mktemp("home"), pack=str(small_pack))
    ingest(settings)
    return settings


@pytest.fixture
def own_library(library: LibrarySettings, tmp_path: Path) -> LibrarySettings:
    """A copy of the library and its pack that a test may change."""
    home = tmp_path / "home"
    shutil.copytree(library.home, home)
    pack = tmp_path / REAL_PACK.name
    shutil.copytree(library.pack, pack)
    return LibrarySettings(home=home, pack=str(pack))
