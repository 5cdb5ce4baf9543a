from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import save_file

from app.tutor.errors import CheckError
from app.tutor.ground import Ground
from app.tutor.reader import Reader, Reading, shipped_reader
from app.tutor.source import Source
from app.tutor.types import Verdict

SOURCE = Source(
    "a", "Kinesis Data Streams keeps records for 24 hours by default. It can keep them for a year.", "Kinesis"
)
INVENTED = "Kinesis was named after a Greek goddess of running water and trade."
SAID = "By default the records stay in Kinesis Data Streams for 24 hours."


class Counting:
    """The shipped reader, which counts what it is asked."""

    def __init__(self) -> None:
        self.pairs: list[tuple[str, str]] = []

    def read(self, pairs: list[tuple[str, str]]) -> list[Reading]:
        self.pairs += pairs
        return shipped().read(pairs)


def shipped() -> Reader:
    reader = shipped_reader()
    assert reader is not None
    return reader


def test_what_the_passages_do_not_say_reads_worse_than_what_they_say() -> None:
    invented, said = shipped().read([(INVENTED, SOURCE.text), (SAID, SOURCE.text)])
    assert invented.marked > 0 > said.marked
    assert invented.doubted in INVENTED.rstrip(".").split()
    assert said.doubted == ""


def test_a_sentence_reads_the_same_alone_and_among_others() -> None:
    pairs = [(INVENTED, SOURCE.text), (SAID, SOURCE.text), ("Yes.", "")]
    together = shipped().read(pairs)
    for pair, reading in zip(pairs, together, strict=True):
        (alone,) = shipped().read([pair])
        assert alone.marked == pytest.approx(reading.marked, abs=1e-6)


def test_the_reader_moves_the_score_but_is_not_asked_about_quotes() -> None:
    reader = Counting()
    ground = Ground([SOURCE], reader=reader)
    assert ground.check("Kinesis Data Streams keeps records for 24 hours by default.").support == 1.0
    assert reader.pairs == []
    with_reader, without = ground.check(SAID), Ground([SOURCE], reader=None).check(SAID)
    assert {claim for claim, _ in reader.pairs} == {SAID}
    assert len(reader.pairs) <= 2, "beside several passage sentences, and beside the closest one"
    assert with_reader.verdict is Verdict.SUPPORTED
    assert with_reader.support != without.support


@settings(deadline=None, max_examples=25)
@given(st.text(max_size=300), st.text(max_size=900))
def test_any_pair_of_texts_reads_as_finite_numbers(sentence: str, passage: str) -> None:
    (reading,) = shipped().read([(sentence, passage)])
    assert all(map(math.isfinite, (reading.marked, reading.false, reading.word)))


def test_changes_to_other_weights_are_refused(tmp_path: Path) -> None:
    save_file({}, tmp_path / "reader.safetensors", {"base_sha256": "other"})
    with pytest.raises(CheckError, match="other weights"):
        Reader(tmp_path / "reader.safetensors").read([("a", "b")])


def test_the_file_says_what_it_was_trained_on() -> None:
    about = shipped().about
    assert len(about["data_sha256"]) == 64
    assert float(about["marked_auroc_held_out"]) > 0.83
    assert float(about["notes_auroc_held_out"]) > 0.7
