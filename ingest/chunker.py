"""Documents to chunks: along headings, never over the embedder's window, with exact spans."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from corpus.markdown import Section, Unit, plain_text, sections
from ingest.types import Chunk, Document, content_id

VERSION = "c1"
"""Part of every index generation's name; raise it when the same document would give other chunks."""

MAX_TOKENS = 230
"""Tokens of a chunk with its heading path; all-MiniLM-L6-v2 cuts its input at 256 with two special tokens."""

CountTokens = Callable[[str], int]


def chunk_document(document: Document, count_tokens: CountTokens, max_tokens: int = MAX_TOKENS) -> list[Chunk]:
    """Return the chunks of ``document`` in reading order.

    A section that fits is one chunk; a longer one is split between sentences, rows or code blocks, and a
    single one of these that is too long is split between words.
    """
    found: list[Chunk] = []
    for section in sections(document.text, document.body_start):
        heading = " › ".join((document.title, *section.headings))
        room = max(max_tokens - count_tokens(heading), max_tokens // 4)
        for units in _groups(document.text, section, count_tokens, room):
            start, end = units[0].start, units[-1].end
            found.append(
                Chunk(
                    id=content_id(document.id, VERSION, str(start), str(end)),
                    document=document.id,
                    ordinal=len(found),
                    headings=section.headings,
                    start=start,
                    end=end,
                    units=tuple(units),
                )
            )
    return found


def _groups(text: str, section: Section, count_tokens: CountTokens, room: int) -> Iterator[list[Unit]]:
    """Yield runs of whole units within ``room`` tokens, as even in size as the section allows."""
    units = [piece for unit in section.units for piece in _pieces(text, unit, count_tokens, room)]
    costs = [count_tokens(text[unit.start : unit.end]) for unit in units]
    parts = -(-sum(costs) // room)
    target = min(room, sum(costs) // parts + max(costs) // 2) if parts > 1 else room
    group: list[Unit] = []
    used = 0
    for unit, cost in zip(units, costs, strict=True):
        if group and used + cost > target:
            yield group
            group, used = [], 0
        group.append(unit)
        used += cost
    if group:
        yield group


def _pieces(text: str, unit: Unit, count_tokens: CountTokens, room: int) -> Iterator[Unit]:
    """Yield the unit, or runs of words of it where the whole is over ``room`` tokens."""
    if count_tokens(text[unit.start : unit.end]) <= room:
        yield unit
        return
    start = unit.start
    while start < unit.end:
        whole = count_tokens(text[start : unit.end]) <= room
        cut = unit.end if whole else _longest_prefix(text, start, unit.end, count_tokens, room)
        yield Unit(unit.kind, start, cut, plain_text(text[start:cut]))
        start = cut
        while start < unit.end and text[start].isspace():
            start += 1


def _longest_prefix(text: str, start: int, end: int, count_tokens: CountTokens, room: int) -> int:
    """Return the end of the longest prefix within ``room`` tokens, at white space where there is some."""
    low, high = start + 1, end
    while low < high:
        middle = (low + high + 1) // 2
        if count_tokens(text[start:middle]) <= room:
            low = middle
        else:
            high = middle - 1
    space = max(text.rfind(" ", start + 1, low), text.rfind("\n", start + 1, low))
    return space if space > start + (low - start) // 2 else low
