"""The sentence check: is a sentence licensed by the passages, and if not, why.

Two layers: hard faults that the passages do not license, by rules that can name the fault (`app.tutor.contradictions`);
and trees trained on sentences people marked, over features of support (`app.tutor.support`), for everything else. A
sentence is never supported by default and a score is never NaN.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, Protocol

from app.tutor.contradictions import Case, Fault, Known, find_fault, initials_of, says_otherwise, squeeze
from app.tutor.facts import numbers
from app.tutor.reader import PairReader, Reading, shipped_reader
from app.tutor.source import Source, units_of
from app.tutor.statement import joined, statement
from app.tutor.support import Passages, claim_of
from app.tutor.trees import SupportModel, shipped_model
from app.tutor.types import Verdict
from app.tutor.windows import Candidate, candidates_of, closest_of, window_of
from corpus.markdown import Unit, plain_text, sentence_spans
from ingest.words import words

FAULT_FACTOR = 0.9
"""By this a hard fault lowers the support of a sentence: rules err too, on text that is loosely worded."""

CONTRADICTED_FACTOR = 0.8
"""The same where the passages say something else about the same thing."""

DEPENDENCE = 1.5
"""Power of a sentence's risk in the score of its answer, chosen on the marked answers (out of fold)."""

CALIBRATION = 0.7
"""Power that brings the score of an answer near the share of such answers that are wrong (same data, best Brier score)."""

GREY = (0.5, 2.0)
"""Multiples of the operating point between which the trees are in doubt."""

Point = Literal["strict", "balanced"]
"""Operating point: *strict* decides what a learner is shown, *balanced* is the best F1 on marked answers."""

_ABSTENTION = re.compile(
    r"\b(?:not in (?:the|your|my) (?:study )?(?:material|passages?|notes|context|documents?)"
    r"|(?:material|passages?|notes|context|documents?|text)\b[^.]{0,40}\b(?:(?:does|do|did) ?(?:not|n't|n’t)|never)"
    r" (?:\w+ ){0,2}(?:say|mention|answer|hold|contain|cover|state|specify|provide|include|give|address|discuss)"
    r"|(?:i|we) (?:can ?not|can't|can’t|could not|don't|do not) (?:answer|know|find|tell|determine)"
    r"|unable to answer|no information (?:about|on|regarding))",
    re.IGNORECASE,
)
_SAME_WORDS = "The passages use these words, but do not say this."
_LIST_MARKER = re.compile(r"\s*(?:\d{1,2}[.)]|[-*•+])\s+")
_GREETING = re.compile(
    r"(?:hi|hello|hey|thanks|thank you|you're welcome|sure|of course|great question|good luck|okay|ok|certainly)\b[\s\S]{0,40}",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Evidence:
    """The one or two neighbouring sentences that support best.

    ``text`` is ``source.text[start - offset : end - offset]``.
    """

    source: str
    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Marked:
    """The words ``text`` at ``[start, end)`` that stand against each other; in ``source``, or in the sentence if that is ""."""

    text: str
    start: int
    end: int
    source: str = ""


@dataclass(frozen=True)
class Check:
    """The verdict on one sentence; ``support`` in [0, 1], ``reason`` one sentence for a person.

    ``fault`` is the kind of a hard fault, "" if there is none; ``said`` and ``given`` are then the words of the sentence
    and of the passage that stand against each other, where they can be pointed at.
    """

    verdict: Verdict
    support: float
    reason: str
    evidence: Evidence | None = None
    fault: str = ""
    said: Marked | None = None
    given: Marked | None = None


@dataclass(frozen=True)
class CheckedSpan:
    """A sentence of an answer at ``answer[start:end]`` and its check."""

    text: str
    start: int
    end: int
    check: Check


class Opinion(Protocol):
    """What a second judge says: the value of a `Verdict`, or anything else where it could not tell."""

    @property
    def verdict(self) -> str: ...
    @property
    def reason(self) -> str: ...


class SecondJudge(Protocol):
    """Who is asked where the trees are in doubt, such as a chat model."""

    def judge(self, claim: str, sources: Sequence[Source]) -> Opinion: ...


class Ground:
    """Passages prepared for checking any number of sentences against them.

    A ``second`` judge is asked of sentences without a hard fault whose probability lies in the `GREY` band.
    """

    def __init__(
        self,
        sources: Iterable[Source],
        *,
        point: Point = "strict",
        model: SupportModel | None = None,
        second: SecondJudge | None = None,
        reader: PairReader | Literal["shipped"] | None = "shipped",
    ) -> None:
        self._given_reader = reader
        self._sources = tuple(sources)
        self._second = second
        self._point: Point = point
        self._given_model = model
        self._known: list[Known] = []
        self._evidence: list[Evidence] = []
        self._sentences: list[list[str]] = []
        self._groups: list[tuple[int, int]] = []
        for source in self._sources:
            self._add(source)
        self._all_words = frozenset(word for known in self._known for word in known.words)

    def check(self, sentence: str) -> Check:
        """Return the verdict on one sentence; works for any text and never raises."""
        plain = plain_text(sentence)
        if _ABSTENTION.search(plain):
            return Check(Verdict.ABSTENTION, 0.0, "The sentence says that the material does not hold the answer.")
        plain = claim_of(plain)
        if claims_nothing(plain):
            return Check(Verdict.NOT_CHECKABLE, 0.0, "The sentence claims nothing that could be checked.")
        if not self._known:
            return Check(Verdict.UNSUPPORTED, 0.0, "There is no passage to check against.")
        case = self._case(plain)
        evidence = self._evidence[case.best]
        quoted = self._quoted(plain)
        if quoted is not None:
            return Check(Verdict.SUPPORTED, 1.0, "The passage says so in these words.", self._evidence[quoted])
        fault = find_fault(case)
        features, reading = self._passages.features(plain), self._reading(plain, case)
        unsupported = self._model.probability(features, reading)
        if fault is not None:
            return self._faulty(sentence, fault, unsupported, evidence)
        found = self._weighed(case, features, reading, unsupported, evidence)
        threshold = self._model.threshold(self._point, reading)
        grey = found.fault or GREY[0] * threshold <= unsupported <= GREY[1] * threshold
        return self._asked(sentence, found) if self._second is not None and grey else found

    def features(self, sentence: str) -> list[float]:
        """Return the values of `app.tutor.support.FEATURES` for one sentence."""
        return list(self._passages.features(claim_of(plain_text(sentence))))

    def _weighed(
        self, case: Case, features: Sequence[float], reading: Reading | None, unsupported: float, evidence: Evidence
    ) -> Check:
        """Return the verdict of trees and reader on a sentence without a hard fault."""
        support = round(1 - unsupported, 4)
        if self._model.is_altered(features):
            reason = "The passages use these words otherwise; something was exchanged or turned round."
            return Check(Verdict.UNSUPPORTED, round(support * FAULT_FACTOR, 4), reason, evidence, "altered")
        doubted = reading is not None and self._model.is_doubted(features, reading) and not self._converts(case)
        if unsupported < self._model.threshold(self._point, reading) and not doubted:
            return Check(Verdict.SUPPORTED, support, "The passage says the same.", evidence)
        reason, said = self._what_is_new(case), None
        if reason == _SAME_WORDS and reading is not None and reading.doubted:
            reason = f"Read beside the sentence, the passages do not bear out “{reading.doubted}”."
            said = mark_words(reading.doubted, case.sentence.plain)
        if doubted:
            return Check(Verdict.UNSUPPORTED, round(support * FAULT_FACTOR, 4), reason, evidence, "doubted", said)
        return Check(Verdict.UNSUPPORTED, support, reason, evidence, "", said)

    def _converts(self, case: Case) -> bool:
        """Return whether a number of the sentence stands in the passages in other units or words only.

        The rules have found it there; the reader cannot convert.
        """
        return any(squeeze(number.said) not in self._squeezed for number in numbers(case.sentence.plain))

    def _reading(self, plain: str, case: Case) -> Reading | None:
        """Return what the reader thinks of a sentence beside the passage sentences closest to it; None without a reader."""
        if self._reader is None or self._model.with_reader is None:
            return None
        wanted, rarity = case.sentence.content, self._model.rarity
        texts = [choose(wanted, self._candidates, rarity) for choose in (window_of, closest_of)]
        several, *one = self._reader.read([(plain, text) for text in dict.fromkeys(texts)])
        return replace(several, closest=one[0].false if one else several.false)

    def _asked(self, sentence: str, found: Check) -> Check:
        """Return the verdict of the second judge; what it cannot verify is not supported."""
        assert self._second is not None
        opinion = self._second.judge(sentence, self._sources)
        said = opinion.reason or "no reason given"
        if opinion.verdict == Verdict.SUPPORTED:
            return replace(
                found, verdict=Verdict.SUPPORTED, reason=f"A second judge finds it supported: {said}", fault=""
            )
        if opinion.verdict in (Verdict.UNSUPPORTED, Verdict.CONTRADICTED):
            return replace(
                found, verdict=Verdict(opinion.verdict), reason=f"A second judge finds it {opinion.verdict}: {said}"
            )
        return replace(found, verdict=Verdict.UNSUPPORTED, reason=f"A second judge could not verify it: {said}")

    def _add(self, source: Source) -> None:
        """Take in the sentences of a source, alone and with the next one."""
        units = units_of(source)
        topic = frozenset(words(source.heading))
        said = [statement(unit.plain) for unit in units]
        self._sentences.append([unit.plain for unit in units])
        first = len(self._known)
        for i, unit in enumerate(units):
            self._known.append(Known(said[i], topic, source.heading, True))
            self._evidence.append(_evidence(source, unit, unit))
            if i + 1 < len(units):
                self._known.append(Known(joined(said[i], said[i + 1]), topic, source.heading, False))
                self._evidence.append(_evidence(source, unit, units[i + 1]))
        if units:
            self._groups.append((first, len(self._known)))

    def _case(self, plain: str) -> Case:
        said = statement(plain)

        def quality(at: int) -> tuple[int, int, str]:
            known = self._known[at]
            return len(said.content & known.words), -len(known.words), known.statement.plain

        alone = [at for at, known in enumerate(self._known) if known.alone]
        best, closest = max(range(len(self._known)), key=quality), max(alone, key=quality)
        return Case(said, self._known, best, closest, self._groups, self._all_words, self._initials, self._squeezed)

    def _quoted(self, plain: str) -> int | None:
        """Return the number of the passage sentence that is this sentence, or holds it and denies nothing, if any."""
        wanted = squeeze(plain)
        if " " not in wanted:
            return None
        whole = self._whole.get(wanted)
        if whole is not None or wanted not in self._squeezed:
            return whole
        for at, known in enumerate(self._known):
            rest = squeeze(known.statement.plain)
            if known.alone and wanted in rest and not says_otherwise(known.statement.plain):
                return at
        return None

    def _faulty(self, sentence: str, fault: Fault, unsupported: float, evidence: Evidence) -> Check:
        factor = CONTRADICTED_FACTOR if fault.verdict is Verdict.CONTRADICTED else FAULT_FACTOR
        if fault.at is not None:
            evidence = self._evidence[fault.at]
        said = mark_words(fault.said, sentence)
        offset = next((s.offset for s in self._sources if s.id == evidence.source), 0)
        source = next((s.text for s in self._sources if s.id == evidence.source), "")
        start, end = evidence.start - offset, evidence.end - offset
        given = (
            mark_words(fault.given, source[start:end], evidence.start, evidence.source)
            if fault.at is not None
            else None
        )
        support = round((1 - unsupported) * factor, 4)
        return Check(fault.verdict, support, fault.reason, evidence, fault.kind, said, given)

    @cached_property
    def _model(self) -> SupportModel:
        return self._given_model or shipped_model()

    @cached_property
    def _reader(self) -> PairReader | None:
        return shipped_reader() if self._given_reader == "shipped" else self._given_reader

    @cached_property
    def _candidates(self) -> list[Candidate]:
        return candidates_of(self._sources)

    @cached_property
    def _passages(self) -> Passages:
        return Passages(self._sentences, self._model.rarity, [source.heading for source in self._sources])

    @cached_property
    def _squeezed(self) -> str:
        return " \n ".join(squeeze(source.text) for source in self._sources)

    @cached_property
    def _initials(self) -> str:
        return initials_of(known.statement for known in self._known if known.alone)

    @cached_property
    def _whole(self) -> dict[str, int]:
        return {squeeze(known.statement.plain): at for at, known in reversed(list(enumerate(self._known)))}

    def _what_is_new(self, case: Case) -> str:
        wanted, plain = list(dict.fromkeys(case.sentence.ordered)), case.sentence.plain
        nowhere = [word for word in wanted if word not in self._all_words][:4]
        if nowhere:
            return f"No passage speaks of: {', '.join(_as_written(plain, nowhere))}."
        apart = [word for word in wanted if word not in self._known[case.best].words][:4]
        if apart:
            return f"The closest passage says nothing of: {', '.join(_as_written(plain, apart))}."
        return _SAME_WORDS


def _evidence(source: Source, first: Unit, last: Unit) -> Evidence:
    text = source.text[first.start - source.offset : last.end - source.offset]
    return Evidence(source.id, first.start, last.end, text)


def mark_words(said: str, text: str, offset: int = 0, source: str = "") -> Marked | None:
    """Return where the words ``said`` stand in ``text``, whatever stands between them; None if they do not."""
    parts = re.findall(r"[^\W_]+", said)
    match = re.search(r"[\W_]+".join(map(re.escape, parts)), text, re.IGNORECASE) if parts else None
    return Marked(match.group(), offset + match.start(), offset + match.end(), source) if match else None


def claims_nothing(plain: str) -> bool:
    """Return whether there is nothing to check: no content word, a heading, a question, a greeting, an abstention."""
    wanted = [word for word in words(plain) if not word.isdigit()]
    greeting = _GREETING.fullmatch(plain) is not None and len(set(wanted)) < 4
    heading = plain.rstrip("* ").endswith(":") and len(wanted) <= 3
    return not wanted or heading or _is_question(plain) or greeting or _ABSTENTION.search(plain) is not None


def _is_question(plain: str) -> bool:
    """Return whether a sentence asks; a table row (its cells are set off by a dash) may hold a question and does not."""
    return plain.rstrip("\"'”’)* ").endswith("?") and " — " not in plain


def check_answer(
    answer: str,
    sources: Iterable[Source],
    *,
    point: Point = "strict",
    model: SupportModel | None = None,
    second: SecondJudge | None = None,
    reader: PairReader | Literal["shipped"] | None = "shipped",
) -> list[CheckedSpan]:
    """Return every sentence of ``answer`` with its check; spans count code points of ``answer``."""
    ground = Ground(sources, point=point, model=model, second=second, reader=reader)
    found = []
    for start, end in answer_spans(answer):
        text = answer[start:end]
        found.append(CheckedSpan(text, start, end, ground.check(text)))
    return found


def unsupported_score(checked: Sequence[CheckedSpan]) -> float:
    """Return how likely something in an answer is unsupported, in [0, 1]; 0 where nothing could be checked.

    One minus the product of what is left of each sentence, as if they failed independently; `DEPENDENCE` takes back that
    they do not: many small doubts are less than their sum.
    """
    risks = [
        1 - span.check.support
        for span in checked
        if span.check.verdict not in (Verdict.NOT_CHECKABLE, Verdict.ABSTENTION)
    ]
    doubt = 1.0 - math.prod(1.0 - math.pow(risk, DEPENDENCE) for risk in risks)
    return round(math.pow(doubt, CALIBRATION), 4)


def answer_spans(answer: str) -> Iterable[tuple[int, int]]:
    """Yield sentence spans of an answer line by line: a list item or heading is a sentence of its own."""
    position = 0
    for line in answer.splitlines(keepends=True):
        marker = _LIST_MARKER.match(line)
        begin = marker.end() if marker else 0
        for start, end in sentence_spans(line[begin:]):
            yield position + begin + start, position + begin + end
        position += len(line)


def _as_written(text: str, stems: Sequence[str]) -> list[str]:
    found = {words(token)[0]: token for token in re.findall(r"[^\W_]+", text) if words(token)}
    return [found.get(item, item) for item in stems]
