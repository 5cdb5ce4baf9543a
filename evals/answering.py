"""One question asked and judged: an answer to the scores it earns. The tutor's own verdicts are not believed."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from app.llm.settings import BUILT_IN
from app.tutor.ground import Source
from app.tutor.premise import CORRECTION
from app.tutor.retrieve import Retriever
from app.tutor.tutor import Tutor
from app.tutor.types import Answer, Citation, Passage, Sentence, Turn, Verdict
from app.tutor.voice import Voice
from evals.judges import NO_CLAIM, UNVERIFIED, CheckerJudge, Judge
from evals.metrics import Scores, share, yes
from evals.record import Judged, Record
from ingest.types import Document

SUPPORTED, CONTRADICTED = Verdict.SUPPORTED.value, Verdict.CONTRADICTED.value
Facts = Sequence[Sequence[str]]


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
        return Asked(answer, tuple(judged), passages, self._valid_quotes(answer), cpu_ms, usd)

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


@dataclass(frozen=True)
class Asked:
    """An answer with its judged sentences; ``judge_usd`` is what judging cost the first time."""

    answer: Answer
    judged: tuple[Judged, ...]
    passages: tuple[Passage, ...]
    valid_quotes: int
    cpu_ms: float
    judge_usd: float

    @property
    def refused(self) -> bool:
        return self.answer.kind != "answer"


def note_of(path: str) -> str:
    """Return the id of the note at ``path``."""
    return path.rsplit("/", 1)[-1].removesuffix(".md")


def missing_facts(text: str, key_facts: Facts) -> tuple[tuple[str, ...], ...]:
    """Return the groups of which no string occurs in ``text``, case and hyphens ignored."""
    plain = _plain(text)
    return tuple(tuple(group) for group in key_facts if not any(_plain(fact) in plain for fact in group))


def found_note(asked: Asked, notes: Sequence[str]) -> bool:
    """Return whether a passage of one of ``notes`` is among those that were retrieved."""
    return any(note_of(passage.path) in notes for passage in asked.answer.passages)


def grounding_scores(asked: Asked, found: bool | None, with_voice: bool) -> Scores:
    """Return the scores of grounding and citations of an answer; a refusal or a greeting earns none.

    ``found`` is whether retrieval found a right note, None where there is no right note.
    """
    if asked.refused:
        return {}
    claims = [s for s in asked.judged if s.shown and s.verdict not in NO_CLAIM]
    written = [s for s in asked.judged if s.verdict not in NO_CLAIM]
    good = sum(s.verdict == SUPPORTED for s in claims)
    scores: Scores = {
        "grounded": share(good, len(claims)),
        "hard_faults": share(sum(s.verdict == CONTRADICTED for s in claims), len(claims)),
        "unverified": share(sum(s.verdict == UNVERIFIED for s in claims), len(claims)),
        "withheld": share(len(written) - len(claims), len(written)),
        "citation_recall": share(sum(s.cited for s in claims), len(claims)),
        "citation_precision": share(sum(s.precise for s in claims), sum(len(s.quotes) for s in claims)),
        "quotes_valid": share(asked.valid_quotes, len(asked.answer.citations)),
    }
    if claims:
        scores["grounded_answers"] = good / len(claims), 1.0
        scores["hallucinated"] = yes(good < len(claims))
    if written:
        scores["hallucinated_unchecked"] = yes(any(s.verdict != SUPPORTED or not s.shown for s in written))
    if found is not None:
        scores["grounded_found" if found else "grounded_missed"] = scores["grounded"]
    if with_voice:
        scores["model_worded"] = yes(asked.answer.model != BUILT_IN)
    return scores


def corrects(asked: Asked) -> bool:
    """Return whether an answer says that the question takes something wrong for granted."""
    return any(sentence.text == CORRECTION for sentence in asked.answer.sentences)


def off_question(asked: Asked, notes: Sequence[str], key_facts: Facts) -> tuple[float, float]:
    """Return how many cited sentences are from no right note and hold no key fact, of how many."""
    paths = {citation.n: note_of(citation.path) for citation in asked.answer.citations}
    cited = [s for s in asked.answer.sentences if s.citations]
    strays = [
        s
        for s in cited
        if not any(paths.get(n) in notes for n in s.citations)
        and len(missing_facts(s.text, key_facts)) == len(key_facts)
    ]
    return share(len(strays), len(cited))


def recorded(
    bare: Record,
    question: str,
    history: Sequence[Turn],
    asked: Asked,
    scores: Scores,
    expected: str,
    failed: Sequence[str],
) -> Record:
    """Return ``bare`` filled with what was asked, answered, judged and scored."""
    answer = asked.answer
    return replace(
        bare,
        question=question,
        history=tuple((turn.role, turn.text) for turn in history),
        expected=expected,
        kind=answer.kind,
        model=answer.model,
        notice=answer.notice,
        judged=asked.judged,
        passages=tuple(passage.id for passage in asked.passages),
        scores=scores,
        failed=tuple(failed),
        cpu_ms=round(asked.cpu_ms, 2),
        total_ms=answer.timings_ms.get("total", 0.0),
        first_sentence_ms=answer.timings_ms.get("first_sentence"),
        tokens=answer.tokens,
        cost_usd=answer.cost_usd,
        judge_usd=asked.judge_usd,
    )


def expected_facts(key_facts: Facts, notes: Sequence[str]) -> str:
    """Return in words what a right answer holds and where it stands."""
    return f"{' and '.join(' or '.join(group) for group in key_facts)} (note {' or '.join(notes)})"


def fact_failure(asked: Asked, missing: Facts) -> tuple[str, ...]:
    """Return what is wrong with an answer that should hold key facts."""
    if asked.refused:
        return ("refused, though a note holds the answer",)
    return tuple(f"misses {' or '.join(group)}" for group in missing)


def grounding_failures(asked: Asked) -> tuple[str, ...]:
    """Return what the judge finds wrong with the shown sentences, and quotes that do not stand in their document."""
    if asked.refused:
        return ()
    bad = [s for s in asked.judged if s.shown and s.verdict not in (SUPPORTED, *NO_CLAIM)]
    wrong = len(asked.answer.citations) - asked.valid_quotes
    return (
        *(f"{s.verdict}: {s.text}" for s in bad),
        *((f"{wrong} quotes do not stand in their document",) if wrong else ()),
    )


def _stands(document: Document | None, start: int, end: int, quote: str) -> bool:
    return document is not None and bool(quote) and document.text[start:end] == quote


def _plain(text: str) -> str:
    return " ".join(text.casefold().replace("-", " ").replace("‑", " ").split())
