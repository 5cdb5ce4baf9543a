from __future__ import annotations

from pathlib import Path

import pytest

from ingest.errors import ReaderError
from ingest.readers import clean_text, read_material


def test_invisible_characters_are_removed() -> None:
    raw = "Ig\u200bnore\u202e this\U000e0041\ufeff\r\nnext".encode()
    assert clean_text(raw) == "Ignore this\nnext"


def test_a_folder_is_read_and_bad_files_are_named(tmp_path: Path) -> None:
    (tmp_path / "good.md").write_text("---\ntitle: Good one\n---\n# H\n\nText.")
    (tmp_path / "plain.txt").write_text("Just text.")
    (tmp_path / "bad.md").write_bytes(b"\xff\xfe\x00bad")
    (tmp_path / "empty.md").write_text("  \n")
    (tmp_path / ".hidden.md").write_text("secret")
    (tmp_path / "picture.png").write_bytes(b"x")
    reading = read_material(tmp_path)
    assert {d.path: d.title for d in reading.documents} == {"good.md": "Good one", "plain.txt": "plain"}
    assert {s.path for s in reading.skipped} == {"bad.md", "empty.md"}


def test_links_out_of_the_folder_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "outside.md").write_text("secret")
    inside = tmp_path / "in"
    inside.mkdir()
    (inside / "a.md").write_text("fine")
    (inside / "link.md").symlink_to(tmp_path / "outside.md")
    assert [d.path for d in read_material(inside).documents] == ["a.md"]


@pytest.mark.parametrize("title", ["[a, b]", "{x: 1}", "!!python/object/apply:os.system [id]", "'' "])
def test_strange_front_matter_is_only_text(tmp_path: Path, title: str) -> None:
    (tmp_path / "a.md").write_text(f"---\ntitle: {title}\n---\n# Real\n\nText.")
    assert read_material(tmp_path).documents[0].title == "Real"


def test_nothing_to_read_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ReaderError, match="does not exist"):
        read_material(tmp_path / "none")
    with pytest.raises(ReaderError, match="No readable"):
        read_material(tmp_path)
