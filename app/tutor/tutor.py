"""The answer path from a question to checked, cited sentences."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import yaml

from app.llm.errors import ModelError
from app.llm.model import ChatModel, Limits, Usage, stream_text
from app.llm.settings import BUILT_IN
from app.tutor import scope
from app.tutor.chat import chat_answer, refusal
from app.tutor.generating import finished_sentences, without_numbers
from app.tutor.ground import Ground, Source
from app.tutor.material import Material, open_material
from app.tutor.premise import correction
from app.tutor.prompts import answer_messages, style_of
from app.tutor.question import Question, understand
from app.tutor.quoting import Draft, QuotingAnswerer
from app.tutor.retrieve import Retrieved, Retriever
from app.tutor.topics import Topics
from app.tutor.types import Answer, Citation, NextStep, Sentence, Turn, Verdict
from corpus.markdown import plain_text
from corpus.note import split_front_matter
from corpus.pack import Pack, find_pack, load_pack
from ingest.index import Index
from ingest.settings import LibrarySettings
from ingest.types import Chunk, Document

MAX_QUESTION_CHARACTERS = 4000
_HISTORY_TURNS = 8
_MODEL_PASSAGES = 5


@dataclass(frozen=True)
class Voice:
    """The chat model that words answers, and how long it may take."""

    model: ChatModel
    limits: Limits


@dataclass(frozen=True)
class LibraryState:
    """What the tutor answers from at the moment."""

    documents: int
    chunks: int
    generation: str
    embedder: str


@dataclass(frozen=True)
class SourceDocument:
    """A document as a reader sees it; citations count code points of ``text``."""

    id: str
    title: str
    path: str
    text: str
    body_start: int
    url: str | None


class Tutor:
    """Answers from one library; picks up a newly published generation by itself."""

    model_name = BUILT_IN

    def __init__(self, settings: LibrarySettings, pack: Pack) -> None:
        self.pack = pack
        self._settings = settings
        self._index = Index(settings.index_dir)
        self._load(open_material(settings))

    def ask(self, question: str, history: Sequence[Turn] = (), voice: Voice | None = None) -> Answer:
        """Return the whole answer to ``question``; works for any text."""
        *_, last = self.stream(question, history, voice)
        return last

    def stream(self, question: str, history: Sequence[Turn] = (), voice: Voice | None = None) -> Iterator[Answer]:
        """Yield the answer so far after each sentence that passed its check; the last one is complete.

        With a ``voice`` a chat model words the answer; the passages, the refusals and the check stay the same, and
        where the model fails the built-in answer takes its place.
        """
        began = time.perf_counter()
        self._refresh()
        asked = understand(
            question[:MAX_QUESTION_CHARACTERS], list(history)[-_HISTORY_TURNS:], self.topics, self._known_words
        )
        if asked.is_chat:
            yield chat_answer(asked, self.pack.exam, self.model_name, self._read_next(history))
            return
        retrieved = self.retriever.retrieve(asked.standalone)
        timings = {"retrieve": _ms_since(began)}
        if not scope.in_scope(asked, retrieved, self.material):
            yield replace(
                refusal(asked, self.model_name, self._nearest_titles(retrieved)),
                passages=retrieved.passages,
                timings_ms={**timings, "total": _ms_since(began)},
            )
            return
        answer = Answer(
            question=asked.text,
            kind="answer",
            model=self.model_name,
            passages=retrieved.passages,
            standalone_question=asked.standalone,
        )
        if voice is None:
            grown_answers = self._write(answer, asked, retrieved)
        else:
            grown_answers = self._write_with(voice, answer, asked, retrieved, list(history)[-_HISTORY_TURNS:])
        for grown in grown_answers:
            timings.setdefault("first_sentence", _ms_since(began))
            answer = grown
            yield answer
        if not any(sentence.citations for sentence in answer.sentences):
            answer = replace(
                refusal(asked, self.model_name, self._nearest_titles(retrieved)),
                passages=retrieved.passages,
                withheld=answer.withheld,
                notice=answer.notice,
                tokens=answer.tokens,
            )
        else:
            answer = replace(answer, next_steps=self._next_steps(answer))
        yield replace(answer, timings_ms={**timings, "total": _ms_since(began)})

    def understand(self, question: str, history: Sequence[Turn] = ()) -> Question:
        """Return what a question asks, without answering it."""
        return understand(question, history, self.topics, self._known_words)

    def state(self) -> LibraryState:
        """Return the size and name of what is answered from."""
        generation = self.material.generation
        return LibraryState(len(self.material.documents), generation.chunks, generation.name, generation.embedder)

    def document(self, document_id: str) -> SourceDocument | None:
        """Return a document of the current generation, or None if it has changed or gone since."""
        document = self.material.documents.get(document_id)
        return _as_source(document) if document else None

    def document_by_path(self, path: str) -> SourceDocument | None:
        """Return the newest version of the document at ``path``, if there is one."""
        return next((_as_source(d) for d in self.material.documents.values() if d.path == path), None)

    def _write(self, answer: Answer, asked: Question, retrieved: Retrieved) -> Iterator[Answer]:
        """Yield ``answer`` growing by one checked sentence at a time."""
        drafts = self._answerer.draft(asked, retrieved)
        chunks = {chunk.id: chunk for chunk in retrieved.chunks}
        chunks |= {draft.quote.chunk.id: draft.quote.chunk for draft in drafts}
        ground = Ground(self._source(chunk) for chunk in chunks.values())
        if drafts:
            note = correction(asked, drafts[0].text)
            if note is not None:
                answer = replace(answer, sentences=(Sentence(note, Verdict.NOT_CHECKABLE, 0.0),))
        for draft in drafts:
            answer = self._add(answer, draft, ground)
            yield answer

    def _write_with(
        self, voice: Voice, answer: Answer, asked: Question, retrieved: Retrieved, history: Sequence[Turn]
    ) -> Iterator[Answer]:
        """Yield the answer of a chat model, sentence by checked sentence; the built-in one if nothing of it holds."""
        chunks = {chunk.id: chunk for chunk in retrieved.chunks[:_MODEL_PASSAGES]}
        ground = Ground(self._source(chunk) for chunk in chunks.values())
        passages = [
            (
                " › ".join((self.material.documents[c.document].title, *c.headings)),
                c.text(self.material.documents[c.document]),
            )
            for c in chunks.values()
        ]
        messages = answer_messages(asked.standalone, passages, history, style_of(asked.text))
        usage = Usage()
        answer, notice = replace(answer, model=voice.model.name), ""
        try:
            for text in finished_sentences(stream_text(voice.model, messages, voice.limits, usage)):
                answer = self._add_generated(answer, text, ground, chunks)
                yield answer
        except ModelError as error:
            notice = str(error)
        answer = replace(answer, notice=notice, tokens=usage.input_tokens + usage.output_tokens)
        if any(sentence.citations for sentence in answer.sentences):
            yield replace(answer, notice=f"{notice} The answer ends here." if notice else "")
            return
        notice = notice or f"Nothing that {voice.model.name} wrote is in your material."
        answer = replace(
            answer, sentences=(), citations=(), model=self.model_name, notice=f"{notice} This is the built-in answer."
        )
        yield from self._write(answer, asked, retrieved)

    def _add_generated(self, answer: Answer, text: str, ground: Ground, chunks: dict[str, Chunk]) -> Answer:
        """Return ``answer`` with a model's sentence under the passage that supports it, or withheld.

        The numbers that a model writes are not trusted: the citation is the evidence that the check found.
        """
        plain, _ = without_numbers(plain_text(text))
        check = ground.check(plain)
        if not plain or check.verdict is Verdict.ABSTENTION:
            return answer
        if check.verdict is Verdict.NOT_CHECKABLE:
            return replace(answer, sentences=(*answer.sentences, Sentence(plain, check.verdict, 0.0, check.reason)))
        if check.verdict is not Verdict.SUPPORTED or check.evidence is None:
            held = Sentence(plain, check.verdict, check.support, check.reason)
            return replace(answer, withheld=(*answer.withheld, held))
        chunk, evidence = chunks[check.evidence.source], check.evidence
        citation = self._citation(chunk, evidence.start, evidence.end, answer.citations)
        known = citation in answer.citations
        sentence = Sentence(plain, check.verdict, check.support, check.reason, (citation.n,))
        return replace(
            answer,
            sentences=(*answer.sentences, sentence),
            citations=answer.citations if known else (*answer.citations, citation),
        )

    def _add(self, answer: Answer, draft: Draft, ground: Ground) -> Answer:
        """Return ``answer`` with a draft shown under its citation, or withheld."""
        check = ground.check(draft.text)
        if check.verdict is not Verdict.SUPPORTED:
            held = Sentence(draft.text, check.verdict, check.support, check.reason, (), draft.block)
            return replace(answer, withheld=(*answer.withheld, held))
        unit = draft.quote.unit
        citation = self._citation(draft.quote.chunk, unit.start, unit.end, answer.citations)
        known = citation in answer.citations
        sentence = Sentence(
            draft.text, check.verdict, check.support, check.reason, (citation.n,), draft.block, draft.row, draft.column
        )
        return replace(
            answer,
            sentences=(*answer.sentences, sentence),
            citations=answer.citations if known else (*answer.citations, citation),
        )

    def _citation(self, chunk: Chunk, start: int, end: int, given: Sequence[Citation]) -> Citation:
        """Return the citation of a span: one given already if it is the same quote, else the next number."""
        document = self.material.documents[chunk.document]
        for citation in given:
            if (citation.document, citation.start, citation.end) == (document.id, start, end):
                return citation
        return Citation(
            n=len(given) + 1,
            document=document.id,
            path=document.path,
            heading=" › ".join((document.title, *chunk.headings)),
            quote=document.text[start:end],
            start=start,
            end=end,
            url=document.url,
        )

    def _source(self, chunk: Chunk) -> Source:
        document = self.material.documents[chunk.document]
        heading = " ".join((document.title, *document.keywords, *chunk.headings))
        return Source(chunk.id, chunk.text(document), heading, chunk.units, chunk.start)

    def _nearest_titles(self, retrieved: Retrieved) -> list[str]:
        return list(dict.fromkeys(passage.title for passage in retrieved.passages))[:3]

    def _next_steps(self, answer: Answer) -> tuple[NextStep, ...]:
        """Return up to three follow-ups: what it is mixed up with, what to see also, and its overview."""
        lead = answer.citations[0]
        document = self.material.documents[lead.document]
        note = document.path.rsplit("/", 1)[-1].removesuffix(".md")
        asked = {topic.document for topic in self.topics.find(answer.standalone_question)}
        steps = []
        for confusion in self.pack.confusions:
            others = [side for side in confusion.sides if side.note != note]
            if 0 < len(others) < len(confusion.sides) and not {self._by_note.get(side.note) for side in others} & asked:
                question = f"What is the difference between {document.title} and {others[0].name}?"
                steps.append(NextStep(f"Compare with {others[0].name}", question))
                break
        for title in self._see_also(document):
            steps.append(NextStep(f"What is {title}?", f"What is {title}?"))
        is_card = any(sentence.block == "detail" and sentence.row for sentence in answer.sentences)
        if not is_card:
            steps.insert(0, NextStep(f"Overview of {document.title}", f"Give me an overview of {document.title}"))
        return tuple(steps[:3])

    def _read_next(self, history: Sequence[Turn]) -> list[str]:
        """Return titles to read after the topic last spoken of."""
        for turn in reversed(history):
            for topic in self.topics.find(turn.text):
                if topic.sure:
                    return self._see_also(self.material.documents[topic.document])[:3]
        return []

    def _see_also(self, document: Document) -> list[str]:
        front, _ = split_front_matter(document.text)
        data = yaml.safe_load(front) if front else None
        ids = data.get("see_also") if isinstance(data, dict) else None
        found = [self._by_note.get(str(i)) for i in ids] if isinstance(ids, list) else []
        return [self.material.documents[i].title for i in found if i is not None]

    def _refresh(self) -> None:
        """Open the newest generation if another one was published since."""
        current = self._index.current()
        if current is not None and current.name != self.material.generation.name:
            self._load(open_material(self._settings))

    def _load(self, material: Material) -> None:
        self.material = material
        self.topics = Topics(material.documents.values(), self.pack.glossary, material.everyday_words)
        self.retriever = Retriever(material, self.topics)
        self._answerer = QuotingAnswerer(material)
        self._known_words = material.vocabulary
        self._by_note = {
            document.path.rsplit("/", 1)[-1].removesuffix(".md"): document.id
            for document in material.documents.values()
        }


def open_tutor(settings: LibrarySettings | None = None) -> Tutor:
    """Return the tutor over the library that the settings name.

    Raises:
        TutorError: the pack, the library or the index cannot be used; the text says what to do.
    """
    settings = settings or LibrarySettings()
    return Tutor(settings, load_pack(find_pack(settings.pack)))


def _as_source(document: Document) -> SourceDocument:
    return SourceDocument(document.id, document.title, document.path, document.text, document.body_start, document.url)


def _ms_since(began: float) -> float:
    return round((time.perf_counter() - began) * 1000, 2)
