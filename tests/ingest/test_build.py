from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from filelock import FileLock

from ingest.build import ingest
from ingest.embedder import open_embedder
from ingest.errors import IngestError, SearchIndexError
from ingest.index import Index
from ingest.library import Library
from ingest.minilm import verify_shipped_weights
from ingest.settings import LibrarySettings


def change(settings: LibrarySettings, note: str, old: str, new: str) -> None:
    path = next(Path(settings.pack).rglob(f"{note}.md"))
    path.write_text(path.read_text().replace(old, new))


def test_an_unchanged_corpus_is_not_touched(own_library: LibrarySettings) -> None:
    began = time.process_time()
    report = ingest(own_library)
    assert (report.changed, report.embedded) == (False, 0)
    assert time.process_time() - began < 2


def test_only_what_changed_is_embedded_and_the_old_generation_stays_whole(own_library: LibrarySettings) -> None:
    index = Index(own_library.index_dir)
    before = index.current()
    assert before is not None
    reader = index.open(before)
    change(own_library, "k-means", "K-means places each observation", "K-means puts every single observation")
    report = ingest(own_library)
    assert report.changed
    assert 1 <= report.embedded <= 3
    after = index.current()
    assert after is not None
    assert after.name != before.name
    assert index.open(after).generation.chunks == report.chunks
    vector = np.ones(384, dtype=np.float32) / np.sqrt(384)
    assert len(reader.nearest(vector, 3)) == 3


def test_a_note_that_goes_is_gone_and_comes_back_without_embedding(own_library: LibrarySettings) -> None:
    path = next(Path(own_library.pack).rglob("smote.md"))
    text = path.read_text()
    path.unlink()
    fewer = ingest(own_library)
    path.write_text(text)
    again = ingest(own_library)
    assert again.documents == fewer.documents + 1
    assert again.embedded == 0


def test_own_material_is_added_listed_and_taken_out(own_library: LibrarySettings, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "a.md").write_text("# Quokka\n\nA quokka is a small marsupial.")
    with_it = ingest(own_library, add=[folder])
    assert Library(own_library.library_path).materials() == [folder.resolve()]
    assert ingest(own_library).changed is False
    without = ingest(own_library, remove=[folder])
    assert without.documents == with_it.documents - 1
    with pytest.raises(IngestError, match="not in the library"):
        ingest(own_library, remove=[folder])


def test_two_ingests_at_once_are_refused(own_library: LibrarySettings) -> None:
    with FileLock(own_library.home / "ingest.lock"), pytest.raises(IngestError, match="Another ingest"):
        ingest(own_library)


@pytest.mark.parametrize("damage", ["pointer", "folder", "content"])
def test_a_damaged_index_is_said_and_mended(own_library: LibrarySettings, damage: str) -> None:
    index = Index(own_library.index_dir)
    generation = index.current()
    assert generation is not None
    pointer = own_library.index_dir / "current.json"
    if damage == "pointer":
        pointer.write_text("{half")
    elif damage == "folder":
        (own_library.index_dir / generation.name).rename(own_library.index_dir / "elsewhere")
    else:
        pointer.write_text(json.dumps({"name": generation.name, "chunks": 7, "embedder": generation.embedder}))
    with pytest.raises(SearchIndexError, match="tutor ingest"):
        index.open(index.current() or generation)
    ingest(own_library, rebuild=True)
    mended = index.current()
    assert mended is not None
    assert index.open(mended).generation == generation


def test_kill_9_during_ingest_leaves_a_complete_index(own_library: LibrarySettings) -> None:
    index = Index(own_library.index_dir)
    for i, delay in enumerate((0.9, 1.8, 2.7)):
        change(own_library, "xgboost", "XGBoost is a supervised", f"XGBoost, take {i}, is a supervised")
        process = subprocess.Popen(
            [sys.executable, "-m", "app.cli", "ingest"],
            env={"TUTOR_HOME": str(own_library.home), "TUTOR_PACK": own_library.pack, "PATH": "/usr/bin:/bin"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
        process.wait()
        generation = index.current()
        assert generation is not None
        assert index.open(generation).generation.chunks == generation.chunks
        assert Library(own_library.library_path).load_generation(generation.name)
    ingest(own_library)
    assert not list(own_library.index_dir.glob(".building-*"))


def test_questions_and_documents_share_one_space(library: LibrarySettings) -> None:
    embedder = open_embedder("minilm", library.home)
    verify_shipped_weights()
    for text in ("Random Cut Forest finds anomalies.", "x", "naïve café 🎓 " * 60):
        document = np.array(embedder.embed_documents([text])[0])
        assert float(document @ np.array(embedder.embed_query(text))) > 0.9999
