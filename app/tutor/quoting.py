"""The built-in answerer: it writes nothing of its own, it chooses and orders sentences of the passages.

A unit (sentence or table row) is chosen by how close it is in meaning and words to the question, by the passage
it stands in, and by whether its section and form fit what is asked (a definition for "what is", a number for
"how many"). Near repeats are left out by maximal marginal relevance (Carbonell and Goldstein 1998).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from app.tutor.comparing import SideBySide, side_by_side
from app.tutor.material import Material, Quotable
from app.tutor.question import Kind, Question
from app.tutor.retrieve import Retrieved
from app.tutor.scoring import Scored, Weights, asked_about, fits_section, score_units
from app.tutor.types import Block
from ingest.types import Chunk
from ingest.words import words

MAX_SENTENCES = 7
_MAX_LIST = 8
_REPEAT_SIMILARITY = 0.86
_KIND_ASKED = re.compile(
    r"\b(?:which|what)\s+((?:[\w-]+\s+){0,4}?[\w-]+?)\s+"
    r"(?:is|are|was|does|do|did|can|could|should|would|will|must|has|have|to|for|\w+s)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Draft:
    """A sentence to say: ``text`` as shown, and the unit it quotes."""

    text: str
    quote: Quotable
    block: Block
    row: str = ""
    column: str = ""


@dataclass
class QuotingAnswerer:
    """Chooses sentences of one `Material`."""

    material: Material
    weights: Weights = field(default_factory=Weights)

    def draft(self, question: Question, retrieved: Retrieved) -> list[Draft]:
        """Return the sentences of an answer, the direct one first; empty only if there are no passages."""
        if question.kind == "compare":
            table = self._comparison(question, retrieved)
            if table:
                return table
        if question.kind == "overview":
            card = self._study_card(question, retrieved)
            if card:
                return card
        scored = self._score(question, retrieved, self._candidates(question, retrieved))
        if not scored:
            return []
        if question.kind == "contrast":
            whole = self._candidates(question, retrieved, scored[0].quote.chunk.document)
            sides = side_by_side(question.standalone, self._score(question, retrieved, whole), self.material.rarity)
            if sides is not None:
                return self._side_by_side(sides)
        lead = self._lead(question, retrieved, scored)
        details = self._details(question, lead, scored)
        return [self._draft(lead, "lead"), *(self._draft(unit, "detail") for unit in details)]

    def _candidates(self, question: Question, retrieved: Retrieved, *whole: str) -> list[tuple[Chunk, float]]:
        """Return the chunks to quote from with their passage scores: what was found, and all of a topic named or ``whole``."""
        found = {chunk.id: passage.score for chunk, passage in zip(retrieved.chunks, retrieved.passages, strict=True)}
        for document in asked_about(question).union(whole):
            for chunk in self.material.chunks_of[document]:
                found.setdefault(chunk.id, 0.3)
        return [(self.material.chunks[chunk], score) for chunk, score in found.items()]

    def _score(
        self, question: Question, retrieved: Retrieved, candidates: Iterable[tuple[Chunk, float]]
    ) -> list[Scored]:
        return score_units(self.material, self.weights, question, retrieved, candidates)

    def _lead(self, question: Question, retrieved: Retrieved, scored: Sequence[Scored]) -> Scored:
        """Return the sentence that answers directly; for "what is" the definition of the topic named."""
        if question.kind == "define":
            sure = [topic.document for topic in question.topics if topic.sure]
            extra = set(retrieved.question_words) - {w for t in question.topics for w in words(t.title + " " + t.name)}
            if len(set(sure)) == 1 and len(extra) <= 1:
                first = self._definition(sure[0])
                if first is not None and _names_whole_topic(question):
                    return next((item for item in scored if item.quote is first), Scored(first, scored[0].score))
        if question.kind == "which":
            return self._choice(question, scored)
        return scored[0]

    def _choice(self, question: Question, scored: Sequence[Scored]) -> Scored:
        """Return the best sentence that names what to choose: the topic whose sentences fit best together."""
        by_document: dict[str, list[Scored]] = {}
        for item in scored[:30]:
            by_document.setdefault(item.quote.chunk.document, []).append(item)
        asked = {topic.document for topic in question.topics}

        def strength(document: str) -> float:
            best = [item.score for item in by_document[document][:3]]
            return best[0] + 0.25 * sum(best[1:]) / 2 if best else 0.0

        fitting = self._of_the_kind_asked(question, by_document)
        best_document = max(fitting or by_document, key=strength)
        title = set(words(self.material.documents[best_document].title))
        for item in by_document[best_document]:
            if item.score < 0.8 * by_document[best_document][0].score:
                break
            if best_document in asked or title & set(item.quote.words):
                return item
        return by_document[best_document][0]

    def _of_the_kind_asked(self, question: Question, documents: Iterable[str]) -> list[str]:
        """Return the documents whose topic is what "which …" asks for: an algorithm is defined as an algorithm.

        A document about the kind as a whole (choosing an algorithm) is not one of the kind.
        """
        asked = _KIND_ASKED.search(question.standalone)
        kind = words(asked.group(1))[-1:] if asked else []
        found = []
        for document in documents:
            definition = self._definition(document)
            title = words(self.material.documents[document].title)
            if kind and definition is not None and kind[0] in definition.words and kind[0] not in title:
                found.append(document)
        return found

    def _details(self, question: Question, lead: Scored, scored: Sequence[Scored]) -> list[Scored]:
        """Return further sentences: close to the question, not repeating each other, same topic preferred."""
        limit = _MAX_LIST if question.kind == "list" else MAX_SENTENCES
        chosen = [lead]
        home = lead.quote.chunk.document
        homes = {home} | asked_about(question)
        best_score = max(lead.score, scored[0].score)
        floor, elsewhere = self.weights.floor * best_score, self.weights.elsewhere * best_score
        pool = [item for item in scored[:60] if item.quote is not lead.quote]

        def value(item: Scored) -> float:
            return (
                item.score
                + self.weights.home * (item.quote.chunk.document == home)
                - self.weights.repeat * max(self._similarity(item, other) for other in chosen)
            )

        while pool and len(chosen) < limit:
            best = max(pool, key=value)
            pool.remove(best)
            if best.score < (floor if best.quote.chunk.document in homes else elsewhere):
                continue
            if max(self._similarity(best, other) for other in chosen) > _REPEAT_SIMILARITY:
                continue
            chosen.append(best)
        return chosen[1:]

    def _similarity(self, one: Scored, other: Scored) -> float:
        vectors: NDArray[np.float32] = self.material.unit_vectors
        return float(vectors[one.quote.row] @ vectors[other.quote.row])

    def _comparison(self, question: Question, retrieved: Retrieved) -> list[Draft]:
        """Return a small table: a row of definitions, of when to choose, and of what decides, a column a side."""
        documents = list(dict.fromkeys(topic.document for topic in question.topics if topic.sure))[:3]
        if not documents:
            documents = list(dict.fromkeys(topic.document for topic in question.topics))[:3]
        if len(documents) < 2:
            return []
        titles = {document: self.material.documents[document].title for document in documents}
        used: set[int] = set()
        drafts: list[Draft] = []
        lead = self._between(question, retrieved, documents)
        if lead is not None:
            used.add(lead.row)
            drafts.append(Draft(lead.unit.plain, lead, "lead"))
        rows: list[tuple[str, Kind]] = [
            ("What it is", "define"), ("Choose it when", "compare"), ("Good to know", "number"),
        ]  # fmt: skip
        for label, kind in rows:
            cells = [(d, self._best_of(d, kind, question, retrieved, used)) for d in documents]
            if any(cell is None for _, cell in cells):
                continue
            for document, cell in cells:
                if cell is not None:
                    used.add(cell.row)
                    drafts.append(Draft(cell.unit.plain, cell, "compare", label, titles[document]))
        return drafts

    def _side_by_side(self, found: SideBySide) -> list[Draft]:
        """Return a small table of things that one document compares, and what else it says of both."""
        drafts = [self._draft(found.lead, "lead")] if found.lead else []
        for label, *cells in found.rows:
            for side, cell in zip(found.sides, cells, strict=True):
                drafts.append(Draft(cell.quote.unit.plain, cell.quote, "compare", label, side))
        return drafts + [self._draft(item, "detail") for item in found.details]

    def _between(self, question: Question, retrieved: Retrieved, documents: Sequence[str]) -> Quotable | None:
        """Return the sentence of one side that speaks of another side."""
        names = {document: set(words(self._bare_title(document))) for document in documents}
        found: list[Scored] = []
        for document in documents:
            others = [names[other] - names[document] for other in documents if other != document]
            candidates = [(chunk, 0.3) for chunk in self.material.chunks_of[document]]
            for item in self._score(question, retrieved, candidates):
                if item.quote.unit.kind == "sentence" and any(o and o <= set(item.quote.words) for o in others):
                    found.append(item)
        return max(found, key=lambda item: item.score).quote if found else None

    def _bare_title(self, document: str) -> str:
        return re.sub(r"\s*\(.*?\)|^(?:Amazon|AWS) ", "", self.material.documents[document].title)

    def _best_of(
        self, document: str, kind: Kind, question: Question, retrieved: Retrieved, used: set[int]
    ) -> Quotable | None:
        if kind == "define":
            first = self._definition(document)
            return first if first is not None and first.row not in used else None
        fitting = [(chunk, 0.0) for chunk in self.material.chunks_of[document] if fits_section(kind, chunk)]
        asked = Question(question.text, question.standalone, kind, question.topics)
        for item in self._score(asked, retrieved, fitting):
            if item.quote.row not in used and item.quote.unit.kind == "sentence":
                return item.quote
        return None

    def _study_card(self, question: Question, retrieved: Retrieved) -> list[Draft]:
        """Return a card of one topic: its definition, then the best sentences of each section under its heading."""
        topics = [topic.document for topic in question.topics if topic.sure] or [
            topic.document for topic in question.topics
        ]
        document = topics[0] if topics else (retrieved.chunks[0].document if retrieved.chunks else None)
        first = self._definition(document) if document else None
        if document is None or first is None:
            return []
        drafts = [Draft(first.unit.plain, first, "lead")]
        taken: dict[str, int] = {}
        for chunk in self.material.chunks_of[document]:
            label = chunk.headings[-1] if chunk.headings else ""
            for quote in self.material.units[chunk.id]:
                if quote is first or quote.unit.kind == "code" or taken.get(label, 0) >= 2:
                    continue
                taken[label] = taken.get(label, 0) + 1
                drafts.append(Draft(quote.unit.plain, quote, "detail", row=label))
        return drafts

    def _definition(self, document: str) -> Quotable | None:
        """Return the first sentence of a document."""
        for chunk in self.material.chunks_of[document]:
            for quote in self.material.units[chunk.id]:
                if quote.unit.kind == "sentence":
                    return quote
        return None

    @staticmethod
    def _draft(item: Scored, block: Block) -> Draft:
        return Draft(item.quote.unit.plain, item.quote, block)


def _names_whole_topic(question: Question) -> bool:
    """Return whether the name in the question is the topic's own, and not that of a part of it (Hyperband)."""
    topic = next(topic for topic in question.topics if topic.sure)
    title, name = set(words(topic.title)), set(words(topic.name))
    initials = "".join(word[0] for word in re.findall(r"[^\W_]+", topic.title)).casefold()
    return bool(title & name) or topic.name.casefold().rstrip("s") in initials
