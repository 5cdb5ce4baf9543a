"""The sentence check: is a sentence licensed by the passages, and if not, why.

Two layers: hard faults (number, unit, name, quotation, negation, opposite, direction) that the passages do not
license, by rules that can name the fault; and trees trained on sentences people marked, over features of support
(`app.tutor.support`), for everything else. A sentence is never supported by default and a score is never NaN.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from app.tutor import facts
from app.tutor.support import Passages, claim_of
from app.tutor.trees import SupportModel, shipped_model
from app.tutor.types import Verdict
from corpus.markdown import Unit, plain_text, sections, sentence_spans
from ingest.words import words

FAULT_FACTOR = 0.9
"""By this a hard fault lowers the support of a sentence: rules err too, on text that is loosely worded."""

CONTRADICTED_FACTOR = 0.4
"""The same where the passages say something else about the same thing."""

Point = Literal["strict", "balanced"]
"""Operating point: *strict* decides what a learner is shown, *balanced* is the best F1 on marked answers."""

RELATED_FROM = 0.45
"""Coverage from which evidence is about the same thing, so that another number is a contradiction."""

SAME_FROM = 0.6
"""Coverage by one sentence from which it says nearly the same, so that a turned polarity is a contradiction."""

_ABSTENTION = re.compile(
    r"\b(?:not in (?:the|your|my) (?:study )?(?:material|passages?|notes|context|documents?)"
    r"|(?:material|passages?|notes|context|documents?|text)\b[^.]{0,40}\b(?:(?:does|do|did) ?(?:not|n't|n’t)|never)"
    r" (?:\w+ ){0,2}(?:say|mention|answer|hold|contain|cover|state|specify|provide|include|give|address|discuss)"
    r"|(?:i|we) (?:can ?not|can't|can’t|could not|don't|do not) (?:answer|know|find|tell|determine)"
    r"|unable to answer|no information (?:about|on|regarding))",
    re.IGNORECASE,
)
_LIST_MARKER = re.compile(r"\s*(?:\d{1,2}[.)]|[-*•+])\s+")
_GREETING = re.compile(
    r"(?:hi|hello|hey|thanks|thank you|you're welcome|sure|of course|great question|good luck|okay|ok|certainly)\b[\s\S]{0,40}",
    re.IGNORECASE,
)


COPY_FROM = 0.65
"""Overlap (Jaccard) from which a sentence is a passage sentence in other words."""


@dataclass(frozen=True)
class Source:
    """A text that may license sentences; words of ``heading`` count as said in each of its sentences.

    ``units`` are the sentences and rows of ``text`` where they are known already, spans counted from ``offset``.
    """

    id: str
    text: str
    heading: str = ""
    units: tuple[Unit, ...] = ()
    offset: int = 0


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
class Check:
    """The verdict on one sentence; ``support`` in [0, 1], ``reason`` one sentence for a person."""

    verdict: Verdict
    support: float
    reason: str
    evidence: Evidence | None = None


@dataclass(frozen=True)
class CheckedSpan:
    """A sentence of an answer at ``answer[start:end]`` and its check."""

    text: str
    start: int
    end: int
    check: Check


@dataclass(frozen=True)
class _Window:
    evidence: Evidence
    words: frozenset[str]
    plain: str
    heading: str
    alone: bool


class Ground:
    """Passages prepared for checking any number of sentences against them."""

    def __init__(
        self, sources: Iterable[Source], *, point: Point = "strict", model: SupportModel | None = None
    ) -> None:
        self._sources = tuple(sources)
        self._point: Point = point
        self._given_model = model
        self._by_source = [list(_windows(source)) for source in self._sources]
        self._windows = [window for windows in self._by_source for window in windows]
        self._squeezed = " \n ".join(_squeeze(source.text) for source in self._sources)
        self._all_words = frozenset(word for window in self._windows for word in window.words)

    def check(self, sentence: str) -> Check:
        """Return the verdict on one sentence; works for any text and never raises."""
        plain = plain_text(sentence)
        if _ABSTENTION.search(plain):
            return Check(Verdict.ABSTENTION, 0.0, "The sentence says that the material does not hold the answer.")
        plain = claim_of(plain)
        wanted = list(dict.fromkeys(words(plain)))
        if claims_nothing(plain):
            return Check(Verdict.NOT_CHECKABLE, 0.0, "The sentence claims nothing that could be checked.")
        if not self._windows:
            return Check(Verdict.UNSUPPORTED, 0.0, "There is no passage to check against.")
        best, coverage = self._best_window(wanted)
        if len(wanted) > 1 and _squeeze(plain) in self._squeezed:
            return Check(Verdict.SUPPORTED, 1.0, "The passage says so in these words.", best.evidence)
        fault = self._hard_fault(plain, best, coverage)
        features = self._passages.features(plain)
        unsupported = self._model.probability(features)
        if fault is not None:
            verdict, reason = fault
            factor = CONTRADICTED_FACTOR if verdict is Verdict.CONTRADICTED else FAULT_FACTOR
            return Check(verdict, round((1 - unsupported) * factor, 4), reason, best.evidence)
        support = round(1 - unsupported, 4)
        if self._model.is_altered(features):
            reason = "The passages use these words otherwise; something was exchanged or turned round."
            return Check(Verdict.UNSUPPORTED, round(support * FAULT_FACTOR, 4), reason, best.evidence)
        if unsupported < self._model.thresholds[self._point]:
            return Check(Verdict.SUPPORTED, support, "The passage says the same.", best.evidence)
        return Check(Verdict.UNSUPPORTED, support, self._what_is_new(plain, wanted, best), best.evidence)

    @cached_property
    def _model(self) -> SupportModel:
        return self._given_model or shipped_model()

    @cached_property
    def _passages(self) -> Passages:
        sentences = [[window.plain for window in windows if window.alone] for windows in self._by_source]
        return Passages(sentences, self._model.rarity, [source.heading for source in self._sources])

    def _what_is_new(self, plain: str, wanted: Sequence[str], best: _Window) -> str:
        nowhere = [word for word in wanted if word not in self._all_words][:4]
        if nowhere:
            return f"No passage speaks of: {', '.join(_as_written(plain, nowhere))}."
        apart = [word for word in wanted if word not in best.words][:4]
        if apart:
            return f"The closest passage says nothing of: {', '.join(_as_written(plain, apart))}."
        return "The passages use these words, but do not say this."

    def _best_window(self, wanted: Sequence[str]) -> tuple[_Window, float]:
        """Return the window that covers most of the words; of equals the shorter one."""
        needed = frozenset(wanted)

        def quality(window: _Window) -> tuple[float, int]:
            return len(needed & window.words) / len(needed), -len(window.words)

        best = max(self._windows, key=quality)
        return best, quality(best)[0]

    def _hard_fault(self, sentence: str, best: _Window, coverage: float) -> tuple[Verdict, str] | None:
        return (
            self._wrong_quotation(sentence)
            or _wrong_number(sentence, best, coverage)
            or self._foreign_name(sentence, best)
            or self._reversal(sentence)
        )

    def _reversal(self, sentence: str) -> tuple[Verdict, str] | None:
        """A single sentence of the passages says nearly the same the other way round."""
        needed = frozenset(words(sentence))
        alone = [window for window in self._windows if window.alone]
        best = max(alone, key=lambda window: (len(needed & window.words), -len(window.words)))
        if len(needed & best.words) < SAME_FROM * len(needed):
            return None
        return _reversal(sentence, best)

    def _wrong_quotation(self, sentence: str) -> tuple[Verdict, str] | None:
        for quotation in facts.quotations(sentence):
            if _squeeze(quotation) not in self._squeezed:
                return Verdict.UNSUPPORTED, f"The quotation “{quotation[:80]}” is in no passage."
        return None

    def _foreign_name(self, sentence: str, best: _Window) -> tuple[Verdict, str] | None:
        for name in facts.names(sentence):
            parts = words(name)
            if parts and not all(part in self._all_words for part in parts):
                return Verdict.UNSUPPORTED, f"The passages do not name {name}."
            rivals = facts.names(f"of {best.heading}: {best.plain}")
            if parts and rivals and not any(part in best.words for part in parts):
                return Verdict.UNSUPPORTED, f"The closest passage does not speak of {name}."
        return None


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
    answer: str, sources: Iterable[Source], *, point: Point = "strict", model: SupportModel | None = None
) -> list[CheckedSpan]:
    """Return every sentence of ``answer`` with its check; spans count code points of ``answer``."""
    ground = Ground(sources, point=point, model=model)
    found = []
    for start, end in answer_spans(answer):
        text = answer[start:end]
        found.append(CheckedSpan(text, start, end, ground.check(text)))
    return found


def unsupported_score(checked: Sequence[CheckedSpan]) -> float:
    """Return how likely something in an answer is unsupported, in [0, 1]; 0 where nothing could be checked.

    One minus the product of the sentences' supports: sentences are taken to fail independently.
    """
    supports = [
        span.check.support for span in checked if span.check.verdict not in (Verdict.NOT_CHECKABLE, Verdict.ABSTENTION)
    ]
    return round(1.0 - math.prod(supports), 4)


def answer_spans(answer: str) -> Iterable[tuple[int, int]]:
    """Yield sentence spans of an answer line by line: a list item or heading is a sentence of its own."""
    position = 0
    for line in answer.splitlines(keepends=True):
        marker = _LIST_MARKER.match(line)
        begin = marker.end() if marker else 0
        for start, end in sentence_spans(line[begin:]):
            yield position + begin + start, position + begin + end
        position += len(line)


def _windows(source: Source) -> Iterable[_Window]:
    units = source.units or tuple(unit for section in sections(source.text) for unit in section.units)
    heading_words = frozenset(words(source.heading))
    stems = [frozenset(words(unit.plain)) for unit in units]

    def window(first: int, last: int) -> _Window:
        start, end = units[first].start, units[last].end
        text = source.text[start - source.offset : end - source.offset]
        plain = " ".join(unit.plain for unit in units[first : last + 1])
        said = frozenset().union(*stems[first : last + 1]) | heading_words
        return _Window(Evidence(source.id, start, end, text), said, plain, source.heading, first == last)

    for i in range(len(units)):
        yield window(i, i)
        if i + 1 < len(units):
            yield window(i, i + 1)


def _wrong_number(sentence: str, best: _Window, coverage: float) -> tuple[Verdict, str] | None:
    given = facts.numbers(f"{best.heading} {best.plain}")
    for number in facts.numbers(sentence):
        if not number.dimension and not number.said[:1].isdigit():
            continue  # "two types" counts what the passages list
        if any(number.same(other) for other in given):
            continue
        rivals = [other for other in given if other.dimension == number.dimension]
        if rivals and coverage >= RELATED_FROM:
            said = " or ".join(other.said for other in rivals[:2])
            return Verdict.CONTRADICTED, f"The sentence says {number.said}; the passage says {said}."
        return Verdict.UNSUPPORTED, f"The closest passage does not give the number {number.said}."
    return None


def _reversal(sentence: str, best: _Window) -> tuple[Verdict, str] | None:
    pair = facts.opposite(sentence, best.plain)
    if pair is not None:
        return Verdict.CONTRADICTED, f"The sentence says {pair[0]}; the passage says {pair[1]}."
    word = facts.reversed_direction(sentence, best.plain)
    if word is not None:
        return Verdict.CONTRADICTED, f"The passage says that {word} goes the other way."
    said = set(words(sentence))
    if len(said & best.words) >= COPY_FROM * len(said | best.words) and (
        (facts.negations(sentence) > 0) != (facts.negations(best.plain) > 0)
    ):
        who = "sentence" if facts.negations(sentence) else "passage"
        return Verdict.CONTRADICTED, f"Only the {who} says “not”."
    if len(said & best.words) < 0.5 * len(words(best.plain)):
        return None
    ours, theirs = facts.negated(sentence, reach=2), facts.negated(best.plain, reach=2)
    if (ours - theirs) & best.words and not theirs & said:
        return Verdict.CONTRADICTED, "Only the sentence says “not”."
    if (theirs - ours) & said and not ours & best.words:
        return Verdict.CONTRADICTED, "Only the passage says “not”."
    return None


def _as_written(text: str, stems: Sequence[str]) -> list[str]:
    found = {words(token)[0]: token for token in re.findall(r"[^\W_]+", text) if words(token)}
    return [found.get(item, item) for item in stems]


def _squeeze(text: str) -> str:
    """Return letters and digits only, so that quotation marks, Markdown and line ends do not matter."""
    return " ".join(re.findall(r"[^\W_]+", text.casefold()))
