"""Citations and the sources of the sentence check, from the chunks of the material."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from app.tutor.ground import Check, mark_words
from app.tutor.material import Material
from app.tutor.source import Source
from app.tutor.types import Answer, Block, Citation, Sentence, Verdict
from corpus.markdown import plain_text
from ingest.types import Chunk


def source_of(chunk: Chunk, material: Material) -> Source:
    """Return a chunk as the sentence check reads it."""
    document = material.documents[chunk.document]
    heading = " ".join((document.title, *document.keywords, *chunk.headings))
    return Source(chunk.id, chunk.text(document), heading, chunk.units, chunk.start)


def heading_of(chunk: Chunk, material: Material) -> str:
    """Return the title and headings above a chunk."""
    return " › ".join((material.documents[chunk.document].title, *chunk.headings))


def citation_of(chunk: Chunk, start: int, end: int, material: Material, given: Sequence[Citation]) -> Citation:
    """Return the citation of a span: one given already if it is the same quote, else the next number."""
    document = material.documents[chunk.document]
    for citation in given:
        if (citation.document, citation.start, citation.end) == (document.id, start, end):
            return citation
    return Citation(
        n=len(given) + 1,
        document=document.id,
        path=document.path,
        heading=heading_of(chunk, material),
        quote=document.text[start:end],
        start=start,
        end=end,
        url=document.url,
    )


def checked_sentence(text: str, check: Check, block: Block, row: str = "", column: str = "") -> Sentence:
    """Return ``text`` with its check; one that failed also with the passage and the words that speak against each other."""
    sentence = Sentence(text, check.verdict, check.support, check.reason, (), block, row, column)
    if check.verdict is Verdict.SUPPORTED or check.evidence is None:
        return sentence
    passage = plain_text(check.evidence.text)
    given = mark_words(check.given.text, passage) if check.given else None
    return replace(
        sentence,
        passage=passage,
        said=(check.said.start, check.said.end) if check.said else None,
        given=(given.start, given.end) if given else None,
    )


def with_sentence(answer: Answer, sentence: Sentence, citation: Citation) -> Answer:
    """Return ``answer`` with one more shown sentence under its citation."""
    known = citation in answer.citations
    return replace(
        answer,
        sentences=(*answer.sentences, replace(sentence, citations=(citation.n,))),
        citations=answer.citations if known else (*answer.citations, citation),
    )
