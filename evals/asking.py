"""One question asked, and every sentence of its answer judged. The tutor's own verdicts are not believed."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from app.tutor.premise import CORRECTION
from app.tutor.retrieve import Retriever
from app.tutor.source import Source
from app.tutor.tutor import Tutor
from app.tutor.types import Answer, Citation, Passage, Sentence, Turn, Verdict
from app.tutor.voice import Voice
from corpus.markdown import sections
from evals.judges import CheckerJudge, Judge
from evals.record import Judged
from ingest.types import Document

SUPPORTED = Verdict.SUPPORTED.value


@dataclass
class Asker:
    """Asks one tutor, with one voice and one judge; ``seen`` collects the passages that answers were made from."""

    tutor: Tutor
    voice: Voice | None
    judge: Judge
    seen: dict[str, Passage] = field(default_factory=dict)
    _checker: CheckerJudge = field(default_factory=CheckerJudge)

    def ask(self, question: str, history: Sequence[Turn] = ()) -> Asked:
        """Return the answer, every sentence of it judged, and what it took."""
        began = time.process_time()
        answer = self.tutor.ask(question, history, self.voice)
        cpu_ms = (time.process_time() - began) * 1000
        passages = self._passages(answer)
        self.seen.update({passage.id: passage for passage in passages})
        sources = [self.source(passage) for passage in passages]
        judged, usd = [], 0.0
        for sentence, shown in [*((s, True) for s in answer.sentences), *((s, False) for s in answer.withheld)]:
            judgement, cost = self._judged(sentence, shown, answer, sources)
            judged.append(judgement)
            usd += cost
        return Asked(
            answer, tuple(judged), passages, self._valid_quotes(answer), self._right_headings(answer), cpu_ms, usd
        )

    def _judged(
        self, sentence: Sentence, shown: bool, answer: Answer, sources: Sequence[Source]
    ) -> tuple[Judged, float]:
        own = not answer.citations and sentence.verdict in (Verdict.NOT_CHECKABLE, Verdict.ABSTENTION)
        if own or sentence.text == CORRECTION:  # words of the tutor about itself
            return Judged(sentence.text, shown, sentence.verdict.value), 0.0
        found = self.judge.judge(sentence.text, sources)
        checker = found if self.judge.name == "checker" else self._checker.judge(sentence.text, sources)
        cited = [self._cited(c) for c in answer.citations if c.n in sentence.citations]
        together, precise, usd = self._citations(sentence.text, cited)
        return (
            Judged(
                text=sentence.text,
                shown=shown,
                verdict=found.verdict,
                reason=found.reason,
                quotes=tuple(source.text for source in cited),
                cited=together,
                precise=precise,
                checker=checker.verdict,
            ),
            found.usd + usd,
        )

    def _citations(self, text: str, cited: Sequence[Source]) -> tuple[bool, int, float]:
        """Return whether the quotes support together, how many are needed or enough alone, and what judging them cost."""
        if not cited:
            return False, 0, 0.0
        whole = self.judge.judge(text, cited)
        together, usd, precise = whole.verdict == SUPPORTED, whole.usd, 0
        if len(cited) == 1:
            return together, int(together), usd
        for i, source in enumerate(cited):
            alone = self.judge.judge(text, [source])
            rest = self.judge.judge(text, [*cited[:i], *cited[i + 1 :]])
            usd += alone.usd + rest.usd
            precise += together and (alone.verdict == SUPPORTED or rest.verdict != SUPPORTED)
        return together, precise, usd

    def _cited(self, citation: Citation) -> Source:
        """Return a cited quote as a source, with the sentences and rows in it (a row is read with its column names)."""
        chunks = self.tutor.material.chunks_of.get(citation.document, ())
        units = tuple(
            unit for c in chunks for unit in c.units if citation.start <= unit.start and unit.end <= citation.end
        )
        heading = self._heading(citation.document, (citation.heading,))
        return Source(f"quote {citation.n}", citation.quote, heading, units, citation.start)

    def source(self, passage: Passage) -> Source:
        """Return a passage as a judge reads it: with its headings, and rows with their column names."""
        chunk = self.tutor.material.chunks.get(passage.id)
        heading = self._heading(passage.document, passage.headings)
        return Source(passage.id, passage.text, heading, chunk.units if chunk else (), passage.start)

    def _heading(self, document_id: str, headings: Sequence[str]) -> str:
        document = self.tutor.material.documents.get(document_id)
        return " ".join((document.title, *document.keywords, *headings)) if document else " ".join(headings)

    def _passages(self, answer: Answer) -> tuple[Passage, ...]:
        """Return the passages of an answer and those that it cites beside them (a study card quotes its whole note)."""
        found = {passage.id: passage for passage in answer.passages}
        retriever = Retriever(self.tutor.material, self.tutor.topics)
        for citation in answer.citations:
            for chunk in self.tutor.material.chunks_of.get(citation.document, ()):
                if chunk.start <= citation.start and citation.end <= chunk.end and chunk.id not in found:
                    found[chunk.id] = retriever.passage(chunk, 0.0)
        return tuple(found.values())

    def _valid_quotes(self, answer: Answer) -> int:
        documents = self.tutor.material.documents
        return sum(
            _stands(documents.get(citation.document), citation.start, citation.end, citation.quote)
            for citation in answer.citations
        )

    def _right_headings(self, answer: Answer) -> int:
        documents = self.tutor.material.documents
        return sum(
            document is not None and citation.heading == " › ".join((document.title, *_headings_at(document, citation)))
            for citation in answer.citations
            for document in [documents.get(citation.document)]
        )


@dataclass(frozen=True)
class Asked:
    """An answer with its judged sentences; ``judge_usd`` is what judging cost the first time.

    ``valid_quotes`` of the citations are verbatim, and ``right_headings`` name the headings they stand under.
    """

    answer: Answer
    judged: tuple[Judged, ...]
    passages: tuple[Passage, ...]
    valid_quotes: int
    right_headings: int
    cpu_ms: float
    judge_usd: float

    @property
    def refused(self) -> bool:
        return self.answer.kind != "answer"


def _stands(document: Document | None, start: int, end: int, quote: str) -> bool:
    return document is not None and bool(quote) and document.text[start:end] == quote


def _headings_at(document: Document, citation: Citation) -> tuple[str, ...]:
    """Return the headings above a quote as the document has them, whatever its chunks say."""
    return next((path for start, end, path in _places(document) if start <= citation.start < end), ())


@lru_cache(maxsize=4096)
def _places(document: Document) -> tuple[tuple[int, int, tuple[str, ...]], ...]:
    found = sections(document.text, document.body_start)
    return tuple((section.start, section.end, section.headings) for section in found)
