from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.tutor.types import Answer, Sentence, Verdict
from app.ui.render import answer_html, markdown_html, note_html, passage_html, plain_html

HOSTILE = [
    "![x](http://127.0.0.1:9/x)",
    "![x][ref]\n\n[ref]: http://127.0.0.1:9/x",
    '<img src="http://127.0.0.1:9/x">',
    "<script>alert(1)</script>",
    "[![x](http://127.0.0.1:9/x)](http://127.0.0.1:9/y)",
    "<http://127.0.0.1:9/x>",
    "| a |\n|---|\n| ![x](http://127.0.0.1:9/x) |",
    "<div style=\"background:url('http://127.0.0.1:9/x')\">",
    "[x](javascript:alert(1))",
    "![x](data:text/html;base64,xxxx)",
]
TAG = re.compile(r"<\s*/?\s*([a-zA-Z][a-zA-Z0-9]*)([^>]*)>")
HARMLESS = set(
    "p br ul ol li em strong code pre table thead tbody tr th td h1 h2 h3 h4 h5 h6 hr blockquote mark div sup small".split()
)


def assert_harmless(html: str) -> None:
    for name, attributes in TAG.findall(html):
        assert name.casefold() in HARMLESS
        assert not re.search(r"\b(?:src|href|style|on\w+)\s*=", attributes)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_markdown_can_only_show_text_at_every_prefix(text: str) -> None:
    for end in range(len(text) + 1):
        assert_harmless(markdown_html(text[:end]))
        assert_harmless(plain_html(text[:end]))
        sentence = Sentence(text[:end], Verdict.SUPPORTED, 1.0, text, (1,), "compare", text, text)
        assert_harmless(answer_html(Answer(text, "answer", "m", (sentence,)), with_support=True))


@given(st.text(alphabet=st.sampled_from("![](<>\"'`|*_#:$ax/\n\\&;="), max_size=80))
def test_any_markdown_is_harmless(text: str) -> None:
    assert_harmless(markdown_html(text))
    assert_harmless(note_html(text, 0, min(3, len(text))))


def test_the_quote_is_marked_in_its_note() -> None:
    text = "---\nid: x\n---\n## H\n\n- One **two** three. Four.\n\n| a | b |\n|---|---|\n| c | d |\n"
    start = text.index("One")
    assert "<li><mark>One <strong>two</strong> three.</mark> Four.</li>" in note_html(text, start, start + 18)
    row = text.index("| c")
    html = passage_html(text, row, row + 9)
    assert "<td><mark>c</mark></td>" in html
    assert "id: x" not in note_html(text, start, start + 3)
