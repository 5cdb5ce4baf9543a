"""The safe renderer: text of models, material and learners to HTML that can only show text.

Everything is escaped; images become their alternative text and links their label, token by token, so that no
text can make the browser fetch anything. Every prefix of a text is as safe as the whole, which streaming needs.
Nothing goes through Streamlit's Markdown, which would load images and read directives, formulas and emoji codes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from html import escape
from itertools import groupby
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

from app.tutor.types import Answer, Sentence, Span
from corpus.note import split_front_matter

_MARK_OPEN, _MARK_CLOSE = "\ue000", "\ue001"
_CELL = re.compile(r"(?<!\\)\|")


@cache
def _markdown() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable("table")
    nothing = _show_nothing
    parser.add_render_rule("image", _show_alternative_text)
    parser.add_render_rule("link_open", nothing)
    parser.add_render_rule("link_close", nothing)
    return parser


def _show_nothing(self: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    return ""


def _show_alternative_text(self: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    return escape(tokens[index].content)


def markdown_html(text: str) -> str:
    """Return Markdown as HTML without images, links, raw HTML or anything else that acts."""
    return str(_markdown().render(text))


def plain_html(text: str) -> str:
    """Return text as one escaped paragraph, line breaks kept."""
    return f"<p>{escape(text).replace(chr(10), '<br>')}</p>"


def inline_html(text: str) -> str:
    """Return text escaped, with what stands between backticks as code."""
    parts = escape(text).split("`")
    if len(parts) % 2 == 0:
        return escape(text)
    return "".join(f"<code>{part}</code>" if i % 2 else part for i, part in enumerate(parts))


def marked_html(text: str, spans: Iterable[Span]) -> str:
    """Return escaped text with its spans in ``<mark>``, each character once; what lies outside the text is left out."""
    html, at = "", 0
    for start, end in sorted(spans):
        start, end = max(start, at), min(end, len(text))
        if start < end:
            html += f"{escape(text[at:start])}<mark>{escape(text[start:end])}</mark>"
            at = end
    return html + escape(text[at:])


def answer_html(answer: Answer, *, with_support: bool = False) -> str:
    """Return the shown sentences: the direct answer as paragraphs, a comparison as a table, details as a list.

    A small model's wording stands below all of it, under its name.
    """
    lead = [s for s in answer.sentences if s.block == "lead"]
    details = [s for s in answer.sentences if s.block == "detail"]
    cells = [s for s in answer.sentences if s.block == "compare"]
    reworded = [s for s in answer.sentences if s.block == "reworded"]
    parts = [f"<p>{_sentence(s, with_support)}</p>" for s in lead]
    if cells:
        parts.append(_table(cells, with_support))
    if details:
        parts.append(_list(details, with_support))
    if reworded:
        said = "".join(f"<p>{_sentence(s, with_support)}</p>" for s in reworded)
        parts.append(f'<div class="reworded"><h4>Reworded by {escape(answer.model)}</h4>{said}</div>')
    return f'<div class="answer">{"".join(parts)}</div>'


def withheld_html(sentences: Sequence[Sentence]) -> str:
    """Return the sentences that failed the check, each with its reason, its passage and what speaks against it."""
    items = "".join(f"<li>{_sentence(sentence, True)}</li>" for sentence in sentences)
    return f'<div class="withheld"><ul>{items}</ul></div>'


def _sentence(sentence: Sentence, with_support: bool) -> str:
    numbers = "".join(f'<sup title="Citation {n}">[{n}]</sup>' for n in sentence.citations)
    if not with_support:
        return f"{escape(sentence.text)}{numbers}"
    said = marked_html(sentence.text, [sentence.said] if sentence.said else [])
    return f"{said}{numbers}{_support(sentence)}"


def _support(sentence: Sentence) -> str:
    """Return verdict, support and reason of a sentence, and the passage that it was compared with, if it failed."""
    verdict = f"{sentence.verdict.value.replace('_', ' ')}, support {sentence.support:.2f}"
    lines = [escape(f"{verdict}: {sentence.reason}" if sentence.reason else verdict)]
    if sentence.passage:
        passage = marked_html(sentence.passage, [sentence.given] if sentence.given else [])
        lines.append(f"Compared with the passage: “{passage}”")
    return "".join(f"<br><small>{line}</small>" for line in lines)


def _list(details: Sequence[Sentence], with_support: bool) -> str:
    """Return details as a list; those of a study card stand under the heading of their section."""
    html = ""
    for row, group in groupby(details, key=lambda sentence: sentence.row):
        items = "".join(f"<li>{_sentence(sentence, with_support)}</li>" for sentence in group)
        html += f"{f'<h4>{escape(row)}</h4>' if row else ''}<ul>{items}</ul>"
    return html


def _table(cells: Sequence[Sentence], with_support: bool) -> str:
    columns = list(dict.fromkeys(cell.column for cell in cells))
    rows = list(dict.fromkeys(cell.row for cell in cells))
    at = {(cell.row, cell.column): _sentence(cell, with_support) for cell in cells}
    head = "".join(f'<th scope="col">{escape(column)}</th>' for column in columns)
    body = ""
    for row in rows:
        values = "".join(f"<td>{at.get((row, column), '')}</td>" for column in columns)
        body += f'<tr><th scope="row">{escape(row)}</th>{values}</tr>'
    return f"<div class='wide'><table><thead><tr><td></td>{head}</tr></thead><tbody>{body}</tbody></table></div>"


def passage_html(text: str, start: int, end: int, *, from_: int = 0, to: int | None = None) -> str:
    """Return ``text[from_:to]`` as HTML with ``text[start:end]`` in a ``<mark>``; a table row is marked cell by cell."""
    to = len(text) if to is None else to
    clean = text.replace(_MARK_OPEN, "?").replace(_MARK_CLOSE, "?")
    marked = clean[from_:start] + _marked(clean[start:end]) + clean[end:to]
    html = markdown_html(marked)
    return html.replace(_MARK_OPEN, "<mark>").replace(_MARK_CLOSE, "</mark>")


def note_html(text: str, start: int, end: int) -> str:
    """Return a whole document without its front matter, with the span marked."""
    _, body_start = split_front_matter(text)
    return passage_html(text, start, end, from_=min(body_start, start))


def _marked(quote: str) -> str:
    if quote.startswith("|") or (_CELL.search(quote) and "\n" not in quote):
        cells = _CELL.split(quote)
        return "|".join(f" {_wrap(cell.strip())} " if cell.strip() else cell for cell in cells)
    # A mark inside one block each: an empty line ends a paragraph, and the mark with it.
    return re.sub(r"[^\n]+(?:\n(?!\s*\n)[^\n]+)*", lambda match: _wrap(match.group()), quote)


def _wrap(text: str) -> str:
    return f"{_MARK_OPEN}{text}{_MARK_CLOSE}"


STYLE = """
<style>
.answer table { border-collapse: collapse; width: 100%; }
.answer th, .answer td { border: 1px solid rgba(128, 128, 128, .4); padding: .45rem .6rem; text-align: left;
  vertical-align: top; }
.answer .wide { overflow-x: auto; }
.answer ul { margin: .2rem 0 .6rem 0; padding-left: 1.3rem; }
.answer h4 { font-size: 1rem; padding: .3rem 0 0 0; margin: 0; }
.answer li { margin-bottom: .35rem; }
.notice { border-left: .2rem solid #c78a1e; padding: .1rem .8rem; }
.notice p { margin: .2rem 0; }
.answer .reworded { border-left: .2rem solid rgba(128, 128, 128, .5); padding-left: .8rem; margin-top: .6rem; }
.answer sup { margin-left: .15em; font-weight: 600; }
.note mark, mark { background: rgba(255, 200, 0, .38); color: inherit; padding: .05em .1em; border-radius: .2em; }
.withheld ul { padding-left: 1.3rem; }
.withheld li { margin-bottom: .6rem; }
.withheld mark { font-weight: 600; text-decoration: underline; }
.note table { border-collapse: collapse; }
.note th, .note td { border: 1px solid rgba(128, 128, 128, .4); padding: .3rem .5rem; text-align: left; }
.stem { font-size: 1.1rem; }
.stem code, .option code { padding: .05em .25em; border-radius: .2em; background: rgba(128, 128, 128, .15); }
.option { border-left: .3rem solid rgba(128, 128, 128, .5); padding: .35rem .8rem; margin: .2rem 0; }
[class*="st-key-option-"] button > div { justify-content: flex-start; text-align: left; width: 100%; }
[class*="st-key-cite-"] button { min-height: 1.75rem; padding-block: 0; }
.option.key { border-color: #2e9e5b; }
.progress table { border-collapse: collapse; width: 100%; }
.progress th, .progress td { border-bottom: 1px solid rgba(128, 128, 128, .3); padding: .4rem .5rem; text-align: left;
  vertical-align: top; font-weight: 400; }
.progress thead th { font-weight: 600; }
.progress td:nth-child(2) { min-width: 9rem; }
.progress td:nth-child(3) { white-space: nowrap; }
@media (max-width: 40rem) {
  .progress td:nth-child(2) { min-width: 5rem; }
  .progress td:nth-child(3) { white-space: normal; }
}
.bar { position: relative; height: .8rem; margin-top: .35rem; background: rgba(128, 128, 128, .2); border-radius: .2rem; }
.bar div { height: 100%; background: #3b82c4; border-radius: .2rem; }
.bar span { position: absolute; top: 45%; height: 10%; min-height: 2px; background: currentColor; }
</style>
"""
