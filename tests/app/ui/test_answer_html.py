from __future__ import annotations

import pytest

from app.tutor.types import Answer, Sentence, Span, Verdict
from app.ui.render import answer_html, marked_html, withheld_html


def test_a_small_models_wording_stands_below_under_its_name() -> None:
    lead = Sentence("It needs no labels.", Verdict.SUPPORTED, 1.0, "", (1,))
    reworded = Sentence("No labels <b>needed</b>.", Verdict.SUPPORTED, 0.9, "", (1,), "reworded")
    html = answer_html(Answer("q", "answer", "local:<x>", (lead, reworded)))
    assert html.index("It needs no labels.") < html.index("Reworded by local:&lt;x&gt;")
    assert "<b>" not in html


@pytest.mark.parametrize(
    ("spans", "html"),
    [
        ([], "a&lt;b&gt;c"),
        ([(0, 2)], "<mark>a&lt;</mark>b&gt;c"),
        ([(3, 5), (0, 1)], "<mark>a</mark>&lt;b<mark>&gt;c</mark>"),
        ([(0, 3), (2, 4)], "<mark>a&lt;b</mark><mark>&gt;</mark>c"),
        ([(0, 4), (1, 2)], "<mark>a&lt;b&gt;</mark>c"),
        ([(-3, 1), (4, 99)], "<mark>a</mark>&lt;b&gt;<mark>c</mark>"),
        ([(2, 2), (4, 1), (-4, -1), (7, 9)], "a&lt;b&gt;c"),
    ],
)
def test_spans_are_marked_in_escaped_text(spans: list[Span], html: str) -> None:
    assert marked_html("a<b>c", spans) == html


def test_a_withheld_sentence_shows_its_reason_and_the_words_against_each_other() -> None:
    held = Sentence(
        "It <i>keeps</i> 9 days.", Verdict.CONTRADICTED, 0.2, "The sentence says <9>; the passage says <7>.",
        passage="It keeps <b>7</b> days.", said=(16, 17), given=(12, 13),
    )  # fmt: skip
    html = withheld_html([held])
    assert "It &lt;i&gt;keeps&lt;/i&gt; <mark>9</mark> days." in html
    assert "contradicted, support 0.20: The sentence says &lt;9&gt;; the passage says &lt;7&gt;." in html
    assert "Compared with the passage: “It keeps &lt;b&gt;<mark>7</mark>&lt;/b&gt; days.”" in html


def test_without_support_nothing_is_marked() -> None:
    shown = Sentence("It keeps 9 days.", Verdict.UNSUPPORTED, 0.2, "No.", passage="7 days", said=(9, 10), given=(0, 1))
    assert "mark" not in answer_html(Answer("q", "answer", "m", (shown,)))
    html = answer_html(Answer("q", "answer", "m", (shown,)), with_support=True)
    assert "<mark>9</mark>" in html
    assert "<mark>7</mark>" in html
