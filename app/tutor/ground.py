"""The sentence check: is a sentence licensed by the passages, and if not, why.

First layer: lexical support by one or two neighbouring passage sentences, and hard faults (number, unit,
name, quotation, negation, opposite, direction) that the passages do not license. A sentence is never
supported by default and a score is never NaN.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.tutor import facts
from app.tutor.types import Verdict
from corpus.markdown import Unit, plain_text, sections, sentence_spans
from ingest.words import words

SUPPORTED_FROM = 0.72
"""Coverage from which a sentence without a hard fault counts as supported."""

RELATED_FROM = 0.45
"""Coverage from which evidence is about the same thing, so that a difference is a contradiction."""

_ABSTENTION = re.compile(
    r"\b(?:not in (?:the|your|my) (?:study )?(?:material|passages?|notes|context|documents?)"
    r"|(?:material|passages?|notes|context|documents?|text)\b[^.]{0,40}\b(?:(?:does|do|did) ?(?:not|n't|n’t)|never)"
    r" (?:\w+ ){0,2}(?:say|mention|answer|hold|contain|cover|state|specify|provide|include|give|address|discuss)"
    r"|(?:i|we) (?:can ?not|can't|can’t|could not|don't|do not) (?:answer|know|find|tell|determine)"
    r"|unable to answer|no information (?:about|on|regarding))",
    re.IGNORECASE,
)
_GREETING = re.compile(
    r"(?:hi|hello|hey|thanks|thank you|you're welcome|sure|of course|great question|good luck|okay|ok|certainly)\b[\s\S]{0,40}",
    re.IGNORECASE,
)


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


class Ground:
    """Passages prepared for checking any number of sentences against them."""

    def __init__(self, sources: Iterable[Source]) -> None:
        self._sources = tuple(sources)
        self._windows = [window for source in self._sources for window in _windows(source)]
        self._squeezed = " \n ".join(_squeeze(source.text) for source in self._sources)
        self._all_words = frozenset(word for window in self._windows for word in window.words)

    def check(self, sentence: str) -> Check:
        """Return the verdict on one sentence; works for any text and never raises."""
        plain = plain_text(sentence)
        wanted = list(dict.fromkeys(words(plain)))
        if _ABSTENTION.search(plain):
            return Check(Verdict.ABSTENTION, 0.0, "The sentence says that the material does not hold the answer.")
        if not wanted or _is_question(plain) or (_GREETING.fullmatch(plain) and len(wanted) < 4):
            return Check(Verdict.NOT_CHECKABLE, 0.0, "The sentence claims nothing that could be checked.")
        if not self._windows:
            return Check(Verdict.UNSUPPORTED, 0.0, "There is no passage to check against.")
        best, coverage = self._best_window(wanted)
        if len(wanted) > 1 and _squeeze(plain) in self._squeezed:
            return Check(Verdict.SUPPORTED, 1.0, "The passage says so in these words.", best.evidence)
        fault = self._hard_fault(plain, best, coverage)
        if fault is not None:
            verdict, reason = fault
            return Check(verdict, round(min(coverage, 0.3) * 0.5, 4), reason, best.evidence)
        if coverage >= SUPPORTED_FROM:
            return Check(Verdict.SUPPORTED, round(coverage, 4), "The passage says the same.", best.evidence)
        missing = [word for word in wanted if word not in best.words][:4]
        return Check(
            Verdict.UNSUPPORTED,
            round(coverage, 4),
            f"The closest passage says nothing of: {', '.join(_as_written(plain, missing))}.",
            best.evidence,
        )

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
            or (_reversal(sentence, best) if coverage >= RELATED_FROM else None)
        )

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
            if parts and not any(part in best.words for part in parts):
                return Verdict.UNSUPPORTED, f"The closest passage does not speak of {name}."
        return None


def _is_question(plain: str) -> bool:
    """Return whether a sentence asks; a table row (its cells are set off by a dash) may hold a question and does not."""
    return plain.rstrip("\"'”’)* ").endswith("?") and " — " not in plain


def check_answer(answer: str, sources: Iterable[Source]) -> list[CheckedSpan]:
    """Return every sentence of ``answer`` with its check; spans count code points of ``answer``."""
    ground = Ground(sources)
    found = []
    for start, end in _answer_spans(answer):
        text = answer[start:end]
        found.append(CheckedSpan(text, start, end, ground.check(text)))
    return found


def unsupported_score(checked: Sequence[CheckedSpan]) -> float:
    """Return how likely something in an answer is unsupported, in [0, 1]; 0 where nothing could be checked.

    The weakest sentence decides together with the mean, so that one bad sentence in a long answer shows.
    """
    supports = [
        span.check.support for span in checked if span.check.verdict not in (Verdict.NOT_CHECKABLE, Verdict.ABSTENTION)
    ]
    if not supports:
        return 0.0
    return round(1.0 - 0.6 * min(supports) - 0.4 * sum(supports) / len(supports), 4)


def _answer_spans(answer: str) -> Iterable[tuple[int, int]]:
    """Yield sentence spans line by line: a list item or heading is a sentence of its own."""
    position = 0
    for line in answer.splitlines(keepends=True):
        for start, end in sentence_spans(line):
            yield position + start, position + end
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
        return _Window(Evidence(source.id, start, end, text), said, plain, source.heading)

    for i in range(len(units)):
        yield window(i, i)
        if i + 1 < len(units):
            yield window(i, i + 1)


def _wrong_number(sentence: str, best: _Window, coverage: float) -> tuple[Verdict, str] | None:
    given = facts.numbers(f"{best.heading} {best.plain}")
    for number in facts.numbers(sentence):
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
    if (facts.negations(sentence) > 0) != (facts.negations(best.plain) > 0) and _alike(sentence, best.plain):
        who = "sentence" if facts.negations(sentence) else "passage"
        return Verdict.CONTRADICTED, f"Only the {who} says “not”."
    return None


def _alike(sentence: str, evidence: str) -> bool:
    """Return whether two texts speak of nearly the same words, so that a lone negation turns the meaning."""
    ours, theirs = set(words(sentence)), set(words(evidence))
    return len(ours & theirs) >= 0.6 * max(1, min(len(ours), len(theirs)))


def _as_written(text: str, stems: Sequence[str]) -> list[str]:
    found = {words(token)[0]: token for token in re.findall(r"[^\W_]+", text) if words(token)}
    return [found.get(item, item) for item in stems]


def _squeeze(text: str) -> str:
    """Return letters and digits only, so that quotation marks, Markdown and line ends do not matter."""
    return " ".join(re.findall(r"[^\W_]+", text.casefold()))
