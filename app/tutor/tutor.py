"""The answer path from a question to checked, cited sentences."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import yaml

from app.llm.model import Usage
from app.llm.settings import BUILT_IN
from app.tutor import scope
from app.tutor.chat import chat_answer, refusal
from app.tutor.citing import checked_sentence, citation_of, source_of, with_sentence
from app.tutor.ground import Ground
from app.tutor.labels import what_is
from app.tutor.material import Material, open_material
from app.tutor.premise import correction
from app.tutor.question import Question, understand
from app.tutor.quoting import Draft, QuotingAnswerer
from app.tutor.retrieve import Retrieved, Retriever
from app.tutor.rewriting import rewritten
from app.tutor.styles import ANOTHER_HINT, TELL_ME, Wish, wish_of
from app.tutor.topics import Topics
from app.tutor.types import Answer, NextStep, Sentence, Turn, Verdict
from app.tutor.voice import Voice
from app.tutor.wording import Wording
from corpus.note import split_front_matter
from corpus.pack import Pack, find_pack, load_pack
from ingest.index import Index
from ingest.settings import LibrarySettings
from ingest.types import Document

MAX_QUESTION_CHARACTERS = 4000
_HISTORY_TURNS = 8


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

    def stream(
        self,
        question: str,
        history: Sequence[Turn] = (),
        voice: Voice | None = None,
        begun: Answer | None = None,
        usage: Usage | None = None,
    ) -> Iterator[Answer]:
        """Yield the answer so far after each sentence that passed its check; the last one is complete.

        With a ``voice`` a chat model words the answer; the refusals and the check stay the same, and where the model
        fails the built-in answer takes its place. It goes on with ``begun``, an answer that broke off, if one is
        given. ``usage`` counts its tokens, also of an answer that is abandoned.
        """
        began, clock = time.perf_counter(), time.monotonic()
        self._refresh()
        usage = usage if usage is not None else Usage()
        text, turns = question[:MAX_QUESTION_CHARACTERS], tuple(history)[-_HISTORY_TURNS:]
        wish = Wish("plain", text, turns) if voice is None else wish_of(text, turns)
        asked = self._understand(wish, voice, usage)
        if asked.is_chat:
            yield replace(chat_answer(asked, self.pack.exam, self.model_name, self._read_next(history)), question=text)
            return
        retrieved = self.retriever.retrieve(asked.standalone)
        timings = {"retrieve": _ms_since(began)}
        if not scope.in_scope(asked, retrieved, self.material):
            yield self._refuse(
                asked, retrieved, Answer(text, "answer", self.model_name), {**timings, "total": _ms_since(began)}
            )
            return
        answer = begun or Answer(
            question=text,
            kind="answer",
            model=self.model_name,
            passages=retrieved.passages,
            standalone_question=asked.standalone,
        )
        answer = replace(answer, notice="", broken=False)
        if voice is None:
            grown_answers = self._write(answer, asked, retrieved)
        else:
            grown_answers = self._write_with(voice, wish, answer, asked, retrieved, usage, clock)
        for grown in grown_answers:
            timings.setdefault("first_sentence", _ms_since(began))
            answer = grown
            yield answer
        timings["total"] = _ms_since(began)
        if wish.style == "guide" and answer.model != self.model_name and answer.sentences:
            steps = (NextStep(ANOTHER_HINT, ANOTHER_HINT), NextStep(TELL_ME, TELL_ME))
            yield replace(answer, next_steps=steps, timings_ms=timings)
        elif not any(sentence.citations for sentence in answer.sentences):
            yield self._refuse(asked, retrieved, answer, timings)
        else:
            yield replace(answer, next_steps=self._next_steps(answer), timings_ms=timings)

    def _understand(self, wish: Wish, voice: Voice | None, usage: Usage) -> Question:
        """Return what is asked; a voice that is not small writes follow-ups out where the rules see that they lean."""
        asked = self.understand(wish.question, wish.history)
        if voice is None or voice.model.is_small or asked.is_chat or asked.standalone == asked.text:
            return asked
        alone = rewritten(wish.question, wish.history, voice, usage)
        return asked if alone is None else self.understand(alone)

    def _refuse(self, asked: Question, retrieved: Retrieved, answer: Answer, timings: dict[str, float]) -> Answer:
        """Return the refusal that takes the place of ``answer``."""
        refused = refusal(asked, self.model_name, self._nearest_titles(retrieved))
        return replace(
            refused,
            question=answer.question,
            passages=retrieved.passages,
            withheld=answer.withheld,
            notice=answer.notice,
            tokens=answer.tokens,
            cost_usd=answer.cost_usd,
            timings_ms=timings,
        )

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
        ground = Ground(source_of(chunk, self.material) for chunk in chunks.values())
        if drafts:
            note = correction(asked, drafts[0].text)
            if note is not None:
                answer = replace(answer, sentences=(Sentence(note, Verdict.NOT_CHECKABLE, 0.0),))
        for draft in drafts:
            answer = self._add(answer, draft, ground)
            yield answer

    def _write_with(
        self,
        voice: Voice,
        wish: Wish,
        answer: Answer,
        asked: Question,
        retrieved: Retrieved,
        usage: Usage,
        began: float,
    ) -> Iterator[Answer]:
        """Yield the answer of a chat model, sentence by checked sentence; the built-in one if nothing of it holds.

        A small model is slow and often wrong: the built-in answer comes first, its wording below.
        """
        wording = Wording(voice, wish, asked, retrieved, self.material)
        name, small, before = voice.model.name, voice.model.is_small, len(answer.sentences)
        if small and not before:
            for answer in self._write(answer, asked, retrieved):  # noqa: B020
                yield answer
            before = len(answer.sentences)
            if not any(sentence.citations for sentence in answer.sentences):
                return
        answer = replace(answer, model=name)
        for answer in wording.stream(answer, usage, began):  # noqa: B020
            yield answer
        answer = replace(answer, tokens=answer.tokens + usage.tokens, cost_usd=answer.cost_usd + voice.price.of(usage))
        notice = wording.failure
        if len(answer.sentences) > before:
            broken = bool(notice) and not small
            yield replace(answer, notice=f"{notice} The answer ends here." if notice else "", broken=broken)
            return
        held = "found no answer in the passages" if wording.abstained else "wrote nothing that is in your material"
        notice = notice or f"{name} {held}."
        if before:
            yield replace(answer, notice=notice, broken=not small, model=self.model_name if small else name)
            return
        answer = replace(answer, sentences=(), citations=(), model=self.model_name)
        yield from self._write(replace(answer, notice=f"{notice} This is the built-in answer."), asked, retrieved)

    def _add(self, answer: Answer, draft: Draft, ground: Ground) -> Answer:
        """Return ``answer`` with a draft shown under its citation, or withheld."""
        check = ground.check(draft.text)
        if check.verdict is not Verdict.SUPPORTED:
            held = checked_sentence(draft.text, check, draft.block)
            return replace(answer, withheld=(*answer.withheld, held))
        unit = draft.quote.unit
        citation = citation_of(draft.quote.chunk, unit.start, unit.end, self.material, answer.citations)
        sentence = checked_sentence(draft.text, check, draft.block, draft.row, draft.column)
        return with_sentence(answer, sentence, citation)

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
            steps.append(NextStep(what_is(title), what_is(title)))
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
