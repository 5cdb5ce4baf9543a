from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.chunker import chunk_document
from ingest.types import Document

MAX = 40


def count(text: str) -> int:
    return len(text.split()) + len(text) // 12


def chunk(text: str) -> tuple[Document, list[str]]:
    document = Document.make("s", "p.md", "Title", text)
    return document, [item.text(document) for item in chunk_document(document, count, MAX)]


def test_headings_are_kept_and_sections_not_mixed() -> None:
    document = Document.make("s", "p.md", "T", "# A\n\nOne. Two.\n\n## B\n\nThree.\n")
    found = chunk_document(document, count, MAX)
    assert [(c.headings, c.text(document)) for c in found] == [(("A",), "One. Two."), (("A", "B"), "Three.")]


def test_a_long_section_is_split_between_sentences() -> None:
    text = "# A\n\n" + " ".join(f"Sentence number {i} says something new." for i in range(30))
    document, parts = chunk(text)
    assert len(parts) > 3
    assert all(part.endswith(".") and part.startswith("Sentence") for part in parts)
    assert " ".join(parts) == document.text[5:]


def test_one_endless_word_is_split_too() -> None:
    _, parts = chunk("x" * 5000)
    assert "".join(parts) == "x" * 5000


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet=st.sampled_from("ab .\n#|-`*1é😀"), max_size=600))
def test_every_chunk_fits_and_quotes_its_document(text: str) -> None:
    document = Document.make("s", "p.md", "T", text)
    for item in chunk_document(document, count, MAX):
        assert count(item.text(document)) <= MAX + 2
        for unit in item.units:
            assert item.start <= unit.start < unit.end <= item.end
