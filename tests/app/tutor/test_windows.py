from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.tutor.source import Source
from app.tutor.windows import MOST_UNITS, candidates_of, window_of
from ingest.words import words

FOREST = Source("a", "Random Cut Forest finds anomalies. It needs no labels. It runs on CPU.", "Random Cut Forest")
STREAM = Source("b", "Kinesis keeps records for a day. Labels are no concern of a stream.", "Kinesis")
OTHER = Source("c", "Recall is a share. Precision is another share.", "Metrics")


def window(claim: str, *sources: Source) -> str:
    return window_of(frozenset(words(claim)), candidates_of(sources), {})


def test_the_sentences_that_share_words_stand_under_their_heading_in_their_order() -> None:
    said = window("The anomalies that Random Cut Forest finds need labels.", FOREST, OTHER)
    assert said == "Random Cut Forest: Random Cut Forest finds anomalies. It needs no labels."


def test_what_shares_no_word_is_left_out() -> None:
    assert window("Recall is high.", FOREST, OTHER) == "Metrics: Recall is a share."
    assert window("Nothing alike.", FOREST, OTHER) == ""
    assert (
        window("Recall.", Source("d", " ".join(f"Recall {n} is so." for n in range(9)))).count("Recall") <= MOST_UNITS
    )


@given(st.permutations([FOREST, STREAM, OTHER]))
def test_the_order_of_passages_changes_nothing(sources: list[Source]) -> None:
    claim = "A stream keeps labels for a day, a forest has no share in it."
    assert window(claim, *sources) == window(claim, FOREST, STREAM, OTHER)
