"""Markdown as study text: sections by heading, and the sentences and table rows in them, with exact spans.

Spans are half-open ``[start, end)`` in code points of the text given, so ``text[start:end]`` is a
verbatim quote.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Literal

from markdown_it import MarkdownIt
from markdown_it.token import Token

UnitKind = Literal["sentence", "row", "code"]


@dataclass(frozen=True)
class Unit:
    """The smallest thing one can quote: a sentence, a table row, or a code block.

    ``plain`` is readable text without Markdown marks; for a row the cells with their column names.
    """

    kind: UnitKind
    start: int
    end: int
    plain: str


@dataclass(frozen=True)
class Section:
    """The units under one heading; ``headings`` is the path from the outermost heading down."""

    headings: tuple[str, ...]
    start: int
    end: int
    units: tuple[Unit, ...]


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).enable("table")


_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|vs|etc|cf|approx|no|fig|eq|inc|ltd|dr|mr|ms|mrs|prof|st|al|resp|incl|max|min|u\.s|jan|feb"
    r"|aug|sept|oct|nov|dec)|\b[A-Z])\.$",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"[.!?…。！？]+[\"'”’)\]`*_]*(?=\s+[\"'“‘(\[`*_]*[A-Z0-9À-ÖØ-Þ]|\s*\Z)")
_MARKER = re.compile(r"(?:[ \t]*(?:>|[-*+]|\d{1,9}[.)])(?=[ \t]|$)[ \t]*)*[ \t]*")
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_EMPHASIS = re.compile(r"(\*\*|__|\*|(?<!\w)_|_(?!\w))(?=\S)|(?<=\S)(\*\*|__|\*)")


def plain_text(markdown: str) -> str:
    """Return inline Markdown as one line of readable text (links to their text, emphasis dropped)."""
    text = _LINK.sub(r"\1", markdown)
    kept = [part if i % 2 else _EMPHASIS.sub("", part) for i, part in enumerate(text.split("`"))]
    lines = (_MARKER.sub("", line, count=1) if i else line for i, line in enumerate("".join(kept).splitlines()))
    return " ".join(" ".join(lines).split())


def sentence_spans(text: str) -> Iterator[tuple[int, int]]:
    """Yield the (start, end) of each sentence in running text, without surrounding white space."""
    start = 0
    for match in _SENTENCE_END.finditer(text):
        if match.end() < len(text.rstrip()) and _ABBREVIATION.search(text[max(0, start) : match.start() + 1]):
            continue
        yield from _stripped(text, start, match.end())
        start = match.end()
    yield from _stripped(text, start, len(text))


def split_sentences(text: str) -> list[str]:
    """Return the sentences of running text."""
    return [text[start:end] for start, end in sentence_spans(text)]


def _stripped(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    piece = text[start:end]
    left = len(piece) - len(piece.lstrip())
    right = len(piece.rstrip())
    if right > left:
        yield start + left, start + right


def sections(text: str, start: int = 0) -> list[Section]:
    """Return the sections of the Markdown ``text[start:]``, spans counted in ``text``.

    Text before the first heading is a section with an empty heading path.
    """
    lines = _Lines(text, start)
    found: list[Section] = []
    path: list[tuple[int, str]] = []
    units: list[Unit] = []
    opened = start

    def close(end: int) -> None:
        if units:
            found.append(Section(tuple(title for _, title in path), opened, end, tuple(units)))
            units.clear()

    tokens = _parser().parse(text[start:])
    for i, token in enumerate(tokens):
        if token.type == "heading_open" and token.map is not None:
            begin, end = lines.span(token.map[0], token.map[1])
            close(begin)
            level = int(token.tag[1])
            path = [entry for entry in path if entry[0] < level]
            path.append((level, plain_text(tokens[i + 1].content)))
            opened = end
        elif token.type == "fence" or token.type == "code_block":
            units.extend(_code_unit(token, lines))
        elif token.type == "table_open":
            units.extend(_row_units(tokens, i, lines))
        elif token.type == "inline" and tokens[i - 1].type == "paragraph_open":
            units.extend(_sentence_units(token, lines))
    close(len(text))
    return found


class _Lines:
    """Character offsets of line numbers, as markdown-it counts them."""

    def __init__(self, text: str, start: int) -> None:
        self.text = text
        self.offsets = [start]
        for match in re.finditer(r"\r\n|\n|\r", text[start:]):
            self.offsets.append(start + match.end())

    def span(self, first: int, last: int) -> tuple[int, int]:
        begin = self.offsets[min(first, len(self.offsets) - 1)]
        end = self.offsets[last] if last < len(self.offsets) else len(self.text)
        return begin, end

    def line_of(self, offset: int) -> int:
        return bisect_right(self.offsets, offset) - 1


def _sentence_units(token: Token, lines: _Lines) -> Iterator[Unit]:
    if token.map is None:
        return
    begin, end = lines.span(token.map[0], token.map[1])
    marker = _MARKER.match(lines.text, begin, end)
    begin = marker.end() if marker else begin
    block = lines.text[begin:end]
    for start, stop in sentence_spans(block):
        plain = plain_text(block[start:stop])
        if plain:
            yield Unit("sentence", begin + start, begin + stop, plain)


def _code_unit(token: Token, lines: _Lines) -> Iterator[Unit]:
    if token.map is not None and token.content.strip():
        for start, end in _stripped(lines.text, *lines.span(token.map[0], token.map[1])):
            yield Unit("code", start, end, token.content.strip())


def _row_units(tokens: list[Token], opening: int, lines: _Lines) -> Iterator[Unit]:
    header: list[str] = []
    cells: list[str] = []
    span: tuple[int, int] | None = None
    in_head = False
    for token in tokens[opening + 1 :]:
        match token.type:
            case "table_close":
                return
            case "thead_open":
                in_head = True
            case "thead_close":
                in_head, header = False, cells
            case "tr_open":
                cells = []
                span = lines.span(token.map[0], token.map[1]) if token.map else None
            case "inline":
                cells.append(plain_text(token.content))
            case "tr_close" if not in_head and span is not None:
                for start, end in _stripped(lines.text, *span):
                    yield Unit("row", start, end, _row_text(header, cells))


def _row_text(header: list[str], cells: list[str]) -> str:
    """Return a row as ``first cell: column name: cell; …`` so that it reads alone."""
    named = [f"{name}: {cell}" if name else cell for name, cell in zip(header[1:], cells[1:], strict=False) if cell]
    return f"{cells[0]} — {'; '.join(named)}" if cells and named else " ".join(cells)
