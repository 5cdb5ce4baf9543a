from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from corpus.markdown import plain_text, sections, sentence_spans, split_sentences

NOTE = """---
id: x
---
## What it is

K-means is unsupervised. It uses e.g. Euclidean distance vs. cosine. Lower is better!

- Choose **k-means** when `k` is known.
- Not for images
  that wrap over lines.

| Parameter | Default | Effect |
|---|---|---|
| `k` | 3 | More clusters. |

### Deeper

```python
print("a. B.")
```
"""


def test_units_are_verbatim_and_readable() -> None:
    found = sections(NOTE, NOTE.index("## What"))
    assert [part.headings for part in found] == [("What it is",), ("What it is", "Deeper")]
    plain = [unit.plain for part in found for unit in part.units]
    assert plain == [
        "K-means is unsupervised.",
        "It uses e.g. Euclidean distance vs. cosine.",
        "Lower is better!",
        "Choose k-means when k is known.",
        "Not for images that wrap over lines.",
        "k — Default: 3; Effect: More clusters.",
        'print("a. B.")',
    ]
    first = found[0].units[3]
    assert NOTE[first.start : first.end] == "Choose **k-means** when `k` is known."
    row = found[0].units[5]
    assert NOTE[row.start : row.end] == "| `k` | 3 | More clusters. |"


def test_abbreviations_and_decimals_do_not_end_sentences() -> None:
    assert split_sentences("Use 0.5, i.e. half. See Fig. 3. Then stop.") == [
        "Use 0.5, i.e. half.",
        "See Fig. 3.",
        "Then stop.",
    ]


def test_plain_text_keeps_code_and_drops_marks() -> None:
    assert plain_text("**Raise** `num_trees` ([docs](http://x)) *now*") == "Raise num_trees (docs) now"
    assert plain_text("`scale_pos_weight` and snake_case stay") == "scale_pos_weight and snake_case stay"


@given(st.text(max_size=300))
def test_any_text_gives_ordered_spans_inside_it(text: str) -> None:
    last = 0
    for part in sections(text):
        for unit in part.units:
            assert 0 <= unit.start < unit.end <= len(text)
            assert unit.start >= last
            last = unit.start


@given(st.text(max_size=200))
def test_sentences_lose_no_visible_character(text: str) -> None:
    joined = "".join("".join(text[start:end].split()) for start, end in sentence_spans(text))
    assert joined == "".join(text.split())
