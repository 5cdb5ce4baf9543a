"""A chat model's wording of an answer: each sentence is checked before it is shown, cited by the evidence found."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import replace

from app.llm.errors import ModelError, ModelOutputError
from app.llm.model import Usage, stream_text
from app.tutor.citing import checked_sentence, citation_of, heading_of, source_of, with_sentence
from app.tutor.generating import QuotedAnswer, finished_sentences, quoted_answer, without_numbers
from app.tutor.ground import Check, Ground
from app.tutor.material import Material
from app.tutor.prompts import Task, answer_messages, quote_messages
from app.tutor.question import Question
from app.tutor.retrieve import Retrieved
from app.tutor.source import Source
from app.tutor.styles import Wish
from app.tutor.types import Answer, Block, Sentence, Verdict
from app.tutor.voice import Voice
from corpus.markdown import plain_text, split_sentences
from ingest.types import Chunk
from ingest.words import words

_PASSAGES = 5
_SMALL_PASSAGES = 3
_FOREIGN_SHARE = 0.5


class Wording:
    """One request to a voice: what it may use, what it has cost, and the answer as far as it has come."""

    def __init__(self, voice: Voice, wish: Wish, asked: Question, retrieved: Retrieved, material: Material) -> None:
        count = _SMALL_PASSAGES if voice.model.is_small else _PASSAGES
        self._voice = voice
        self._wish = wish
        self._asked = asked
        self._material = material
        self._chunks: dict[str, Chunk] = {chunk.id: chunk for chunk in retrieved.chunks[:count]}
        sources = [source_of(chunk, material) for chunk in self._chunks.values()]
        self._ground = Ground(sources, second=voice.second)
        self._given = words_given(sources)
        self.failure = ""
        self.abstained = False

    def stream(self, answer: Answer, usage: Usage, began: float) -> Iterator[Answer]:
        """Yield ``answer`` with each sentence that passed; `failure` then says what went wrong, if anything did.

        ``began`` is the monotonic time at which the learner's wait began: the deadline counts from there.
        """
        voice, limits = self._voice, self._voice.limits
        left = max(0.1, limits.total_s - (time.monotonic() - began))
        limits = replace(limits, total_s=left, first_token_s=min(left, limits.first_token_s))
        task = self._task(answer)
        try:
            if voice.model.is_small:
                schema = QuotedAnswer.schema_for_models()
                pieces = stream_text(
                    voice.model, quote_messages(task), limits, usage, voice.pulse, response_schema=schema
                )
                said = self._quoted(quoted_answer(pieces))
            else:
                said = finished_sentences(stream_text(voice.model, answer_messages(task), limits, usage, voice.pulse))
            for text in said:
                grown = self._with(answer, text)
                if grown is not answer:
                    answer = grown
                    yield answer
        except ModelError as error:
            self.failure = str(error)

    def _task(self, answer: Answer) -> Task:
        passages = tuple(
            (heading_of(chunk, self._material), chunk.text(self._material.documents[chunk.document]))
            for chunk in self._chunks.values()
        )
        wish = self._wish
        return Task(
            question=self._asked.standalone,
            passages=passages,
            history=wish.history,
            style=wish.style,
            hints=wish.hints,
            reply=wish.reply,
            begun="" if self._voice.model.is_small else answer.text,
        )

    def _quoted(self, found: QuotedAnswer | None) -> Iterator[str]:
        """Yield the sentences of a quote-first answer whose quote stands in a passage as it says."""
        if found is None:
            raise ModelOutputError(f"{self._voice.model.name} did not keep to the agreed form; ask again.")
        if not found.answerable:
            self.abstained = True
            return
        squeezed = " ".join(words(found.quote))
        texts = [" ".join(words(c.text(self._material.documents[c.document]))) for c in self._chunks.values()]
        if not squeezed or not any(squeezed in text for text in texts):
            raise ModelOutputError(f"{self._voice.model.name} quoted a sentence that no passage holds.")
        yield from split_sentences(found.answer)

    def _with(self, answer: Answer, text: str) -> Answer:
        """Return ``answer`` with a sentence under the passage that supports it, or withheld, or as it was.

        The numbers that a model writes are not trusted: the citation is the evidence that the check found. What
        claims nothing is left out, but for the question of a guided answer, which asks before it tells and tells one
        hint at a time, whatever the model does.
        """
        plain, _ = without_numbers(plain_text(text))
        block: Block = "reworded" if self._voice.model.is_small else "lead"
        if not plain or any(plain == sentence.text for sentence in answer.sentences if sentence.block == block):
            return answer
        check = self._ground.check(plain)
        if check.verdict is Verdict.ABSTENTION:
            self.abstained = True
            return answer
        guided = self._wish.style == "guide" and block == "lead"
        if check.verdict is Verdict.NOT_CHECKABLE:
            asked = any(sentence.text.endswith("?") for sentence in answer.sentences)
            shown = Sentence(plain, check.verdict, 0.0, check.reason, (), block)
            asks = guided and plain.endswith("?") and not asked
            return replace(answer, sentences=(*answer.sentences, shown)) if asks else answer
        if guided and (self._wish.hints == 0 or answer.citations):
            return answer
        if is_foreign(plain, self._given):
            check = Check(Verdict.UNSUPPORTED, check.support, "Half of its words are in no passage.")
        sentence = checked_sentence(plain, check, block)
        if sentence.verdict is not Verdict.SUPPORTED or check.evidence is None:
            return replace(answer, withheld=(*answer.withheld, sentence))
        evidence = check.evidence
        chunk = self._chunks[evidence.source]
        citation = citation_of(chunk, evidence.start, evidence.end, self._material, answer.citations)
        return with_sentence(answer, sentence, citation)


def words_given(sources: Iterable[Source]) -> frozenset[str]:
    """Return the stems of the passages that a model was given, their headings included."""
    return frozenset(word for source in sources for word in words(f"{source.heading} {source.text}"))


def is_foreign(plain: str, given: frozenset[str]) -> bool:
    """Return whether half of the content words of a sentence are in no passage that the model was given.

    A backstop to the trained check, which was seen to let short inventions pass ("The logo is white.").
    """
    said = set(words(plain))
    return len(said - given) >= _FOREIGN_SHARE * len(said)
