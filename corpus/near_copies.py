"""Sentences that say nearly the same in two notes, found by shared word triples."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from corpus.markdown import sections
from corpus.note import Note

SAME_FROM = 0.8
"""Jaccard similarity of the word triples of two sentences from which they count as near copies."""

_MIN_WORDS = 8
_COMMON = 50


@dataclass(frozen=True)
class NearCopy:
    """A sentence ``text`` of ``note`` that nearly repeats one of the note ``of``; ``similarity`` in [0, 1]."""

    note: str
    of: str
    text: str
    similarity: float


def near_copies(notes: Sequence[Note], same_from: float = SAME_FROM) -> Iterator[NearCopy]:
    """Yield the near copies between different notes; sentences under eight words and table rows are left out.

    Triples that occur in more than fifty sentences find no candidates, which keeps the time linear in practice
    (shingling: Broder 1997, "On the resemblance and containment of documents").
    """
    seen: list[tuple[str, frozenset[tuple[str, ...]]]] = []
    holders: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for note in notes:
        for text in (
            unit.plain
            for part in sections(note.text, note.body_start)
            for unit in part.units
            if unit.kind == "sentence"
        ):
            words = re.sub(r"\W+", " ", text).casefold().split()
            if len(words) < _MIN_WORDS:
                continue
            triples = frozenset(zip(words, words[1:], words[2:], strict=False))
            shared = Counter(i for triple in triples if len(holders[triple]) <= _COMMON for i in holders[triple])
            for i, count in shared.most_common():
                other, others = seen[i]
                similarity = count / len(triples | others)
                if other != note.id and similarity >= same_from:
                    yield NearCopy(note.id, other, text, similarity)
            for triple in triples:
                holders[triple].append(len(seen))
            seen.append((note.id, triples))
