"""How far passages support a sentence, as numbers: coverage, order, novelty, names, numbers, polarity.

Only features of support: nothing about length, position or phrasing habits of the sentence, which would be
habits of whoever wrote the training data.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from app.tutor import facts
from app.tutor.effects import turned_round
from app.tutor.exchange import exchanges, mixture
from app.tutor.polarity import dropped_denial, lone_denial, negated, negations, opposite
from app.tutor.statement import Statement, joined, statement
from app.tutor.word_vectors import shipped_vectors
from ingest.words import words

_FAR, _VERY_FAR = 0.6, 0.5

FEATURES = (
    "coverage_one",
    "coverage_two",
    "coverage_passage",
    "coverage_all",
    "rare_one",
    "rare_two",
    "rare_passage",
    "rare_all",
    "novel_rarest",
    "novel_second",
    "novel_run",
    "second_window",
    "pairs",
    "triples",
    "quads",
    "content_pairs",
    "sequence",
    "copied_run",
    "windows_needed",
    "names_missing",
    "names_apart",
    "names_misplaced",
    "numbers_missing",
    "numbers_apart",
    "numbers_context",
    "numbers_misplaced",
    "negation",
    "negation_turned",
    "opposite",
    "direction",
    "same_negation",
    "same_opposite",
    "new_share",
    "new_far",
    "new_very_far",
    "new_nearest",
    "new_words",
    "new_amount",
    "exchange_rivals",
    "exchange_known",
    "exchange_any",
    "mixture",
    "clause",
    "mirror",
    "likeness",
    "denied_alone",
    "denied_there",
    "turned",
)
"""Names of the features, in the order of the vectors; each in [0, 1]."""

_REFERENCE = re.compile(
    r"\(?\b(?:(?:as |also )?(?:stated|mentioned|described|noted|shown|discussed|listed|found|suggested|according to|from|in|see) )*"
    r"(?:in |to |from )?(?:the )?\b(?:passages?|sources?|steps?)\s*#?\d+(?:\s*(?:,|and|&|or|-|to)\s*(?:passages?|sources?|steps?)?\s*\d+)*\)?[:,]?",
    re.IGNORECASE,
)
_FRAME = re.compile(
    r"^\W*(?:(?:sure|okay|certainly|therefore|so)[,!. ]+)?(?:based on|according to|from|as (?:stated|mentioned|described|noted) in) "
    r"(?:the |these |this |your )?(?:\w+ ){0,3}?(?:passages?|context|information|texts?|materials?|documents?|sources?|notes?)"
    r"(?: (?:provided|given|above))?,?\s*",
    re.IGNORECASE,
)
_QUOTED_QUESTION = re.compile(
    r"(?:the )?(?:question|query)(?: of| is| about)?:? [\"“][^\"”]{3,200}[\"”]", re.IGNORECASE
)


def claim_of(sentence: str) -> str:
    """Return a sentence without what speaks of the passages ("according to passage 2") or repeats the question."""
    for pattern in (_QUOTED_QUESTION, _FRAME, _REFERENCE):
        sentence = pattern.sub(" ", sentence)
    return " ".join(sentence.split())


@dataclass(frozen=True)
class Window:
    """One passage sentence or two neighbours (``size`` 1 or 2) of passage ``passage``; ``content`` has its heading's words too."""

    passage: int
    size: int
    said: Statement
    content: frozenset[str]

    @property
    def plain(self) -> str:
        return self.said.plain

    @property
    def tokens(self) -> tuple[str, ...]:
        return self.said.tokens


class Passages:
    """Passages prepared for measuring the support of any number of sentences.

    Args:
        passages: each passage as its sentences in order.
        headings: a heading for each passage, whose words count as said in each of its sentences; or none.
        rarity: weight of a stem in [0, 1], higher for rarer ones; an unknown stem weighs 1.
    """

    def __init__(
        self, passages: Sequence[Sequence[str]], rarity: Mapping[str, float], headings: Sequence[str] = ()
    ) -> None:
        self._rarity = rarity
        self.windows: list[Window] = []
        self._grams: list[set[tuple[str, ...]]] = [set(), set(), set()]
        self._content_pairs: set[tuple[str, str]] = set()
        self._passage_words: list[frozenset[str]] = []
        self._topics: frozenset[str] = frozenset()
        self._number_context: dict[float, set[str]] = defaultdict(set)
        for number, sentences in enumerate(passages):
            self._add(number, sentences, headings[number] if headings else "")
        self._words = frozenset(word for known in self._passage_words for word in known)
        self._single = [window for window in self.windows if window.size == 1]
        self._double = [window for window in self.windows if window.size == 2] or self._single
        self._statements = [window.said for window in self._single]
        self._numbers = [value for said in self._statements for value in facts.numbers(said.plain)]

    def _add(self, number: int, sentences: Sequence[str], heading: str) -> None:
        topic = frozenset(words(heading))
        said = [statement(sentence) for sentence in sentences]
        for i, one in enumerate(said):
            self.windows.append(Window(number, 1, one, one.content | topic))
            if i + 1 < len(said):
                both = joined(one, said[i + 1])
                self.windows.append(Window(number, 2, both, both.content | topic))
            for size, grams in zip((2, 3, 4), self._grams, strict=True):
                grams.update(_grams(one.tokens, size))
            self._content_pairs.update(pairwise(one.ordered))
            for value in facts.numbers(one.plain):
                self._number_context[round(value.value, 6)] |= one.content
        self._topics |= topic
        self._passage_words.append(topic.union(*(one.content for one in said)))

    def features(self, sentence: str) -> list[float]:
        """Return the features of a sentence in the order of `FEATURES`; all 0 but the faults if it has no content."""
        sentence = claim_of(sentence)
        said = statement(sentence)
        tokens, content, wanted = said.tokens, said.ordered, said.content
        if not wanted or not self.windows:
            return [0.0] * len(FEATURES)
        best_one, best_two = self._best(wanted, self._single), self._best(wanted, self._double)
        best = best_two if len(wanted & best_two.content) > len(wanted & best_one.content) else best_one
        novel = sorted((self._weight(word) for word in wanted - self._words), reverse=True)
        passage = max(self._passage_words, key=lambda known: self._rare_share(wanted, known))
        left = wanted - best.content
        second = max((len(left & window.content) for window in self._single), default=0)
        return [
            _share(wanted, best_one.content),
            _share(wanted, best_two.content),
            max(_share(wanted, known) for known in self._passage_words),
            _share(wanted, self._words),
            self._rare_share(wanted, best_one.content),
            self._rare_share(wanted, best_two.content),
            self._rare_share(wanted, passage),
            self._rare_share(wanted, self._words),
            novel[0] if novel else 0.0,
            novel[1] if len(novel) > 1 else 0.0,
            _longest_run(content, self._words) / len(content),
            second / len(left) if left else 1.0,
            *(_gram_share(tokens, size, grams) for size, grams in zip((2, 3, 4), self._grams, strict=True)),
            _pair_share(content, self._content_pairs),
            _common_subsequence(tokens, best.tokens) / max(1, len(tokens)),
            self._copied_run(tokens),
            self._windows_needed(wanted),
            *self._names(sentence, best),
            *self._number_faults(sentence, best, wanted),
            *_polarity(sentence, best),
            *_turned_copy(sentence, wanted, best_one),
            *self._news(wanted),
            *self._places(said),
            *self._likeness(said, best_one),
            *self._denials(said, best_one),
        ]

    def _news(self, wanted: frozenset[str]) -> tuple[float, ...]:
        """Return how much the words that no passage has add, and how far in meaning they are from those it has."""
        near = shipped_vectors().nearest(sorted(wanted - self._words), self._words)
        total = sum(self._weight(word) for word in wanted) or 1.0
        added = sum(self._weight(word) * (1 - near[word]) for word in near)
        far = [word for word in near if near[word] < _FAR]
        very_far = [word for word in near if near[word] < _VERY_FAR]
        return (
            added / total,
            sum(map(self._weight, far)) / total,
            sum(map(self._weight, very_far)) / total,
            min(near.values(), default=1.0),
            len(very_far) / len(wanted),
            min(1.0, added / 4),
        )

    def _places(self, said: Statement) -> tuple[float, float, float, float]:
        """Return how firmly words stand where a passage sentence has others, and how much is mixed from two clauses."""
        found = exchanges(said, self._statements, self._words, self._topics)
        return (
            max((exchange.framed for exchange in found if exchange.rivals), default=0.0),
            max((exchange.framed for exchange in found if exchange.known), default=0.0),
            max((exchange.framed for exchange in found), default=0.0),
            mixture(said, self._statements),
        )

    def _likeness(self, said: Statement, best: Window) -> tuple[float, float, float]:
        """Return the worst covered clause's share in one passage clause, and how much of the closest sentence is said."""
        clauses = [clause for other in self._statements for clause in other.clauses]
        worst = min(
            (
                max((len(ours & (clause | self._topics)) / len(ours) for clause in clauses), default=0.0)
                for ours in said.clauses
            ),
            default=1.0,
        )
        both = len(said.content & best.said.content)
        mirror = both / max(1, len(best.said.content))
        return worst, mirror, both / max(1, len(said.content | best.said.content))

    def _denials(self, said: Statement, best: Window) -> tuple[float, float, float]:
        nothing: frozenset[str] = frozenset()
        near = [
            (at, other.said.plain, nothing)
            for at, other in enumerate(self._single)
            if len(said.content & other.content) >= 2
        ]
        return (
            float(lone_denial(said, self._statements) is not None),
            float(dropped_denial(said, best.said) is not None),
            float(turned_round(said.plain, near) is not None),
        )

    def _weight(self, word: str) -> float:
        return self._rarity.get(word, 1.0)

    def _rare_share(self, wanted: frozenset[str], known: frozenset[str]) -> float:
        total = sum(self._weight(word) for word in wanted)
        return sum(self._weight(word) for word in wanted & known) / total if total else 0.0

    def _best(self, wanted: frozenset[str], windows: Sequence[Window]) -> Window:
        def quality(window: Window) -> tuple[float, int, str]:
            return round(sum(map(self._weight, wanted & window.content)), 6), -len(window.content), window.plain

        return max(windows, key=quality)

    def _copied_run(self, tokens: Sequence[str]) -> float:
        """Return the share of tokens that stand in a run of four or more taken from the passages."""
        copied = [False] * len(tokens)
        for i in range(len(tokens) - 3):
            if tuple(tokens[i : i + 4]) in self._grams[2]:
                copied[i : i + 4] = [True] * 4
        return sum(copied) / max(1, len(tokens))

    def _windows_needed(self, wanted: frozenset[str]) -> float:
        """Return how scattered the support is: sentences picked greedily until nothing is added, over five."""
        left, picked = set(wanted & self._words), 0
        while left and picked < 5:
            gained = max((left & window.content for window in self._single), key=len)
            if not gained:
                break
            left -= gained
            picked += 1
        return picked / 5

    def _names(self, sentence: str, best: Window) -> tuple[float, float, float]:
        """Return the shares of names that are nowhere, not in the best window, and that stand among other words."""
        named = [(name, words(name)) for name in facts.names(sentence)]
        named = [(name, parts) for name, parts in named if parts]
        if not named:
            return 0.0, 0.0, 0.0
        missing = sum(not all(part in self._words for part in parts) for _, parts in named)
        apart = sum(not any(part in best.content for part in parts) for _, parts in named)
        misplaced = sum(self._misplaced(sentence, name, [name]) for name, _ in named)
        return missing / len(named), apart / len(named), misplaced / len(named)

    def _misplaced(self, sentence: str, said: str, spellings: Iterable[str]) -> float:
        """Return the share of words around ``said`` that no passage has around one of the spellings."""
        ours = facts.surroundings(sentence, said)
        if not ours:
            return 0.0
        best = 0.0
        for spelling in dict.fromkeys(spellings):
            for window in self._holding(spelling):
                theirs = facts.surroundings(window.plain, spelling, reach=5)
                best = max(best, len(ours & theirs) / len(ours))
        return 1 - best

    def _holding(self, text: str) -> list[Window]:
        return [window for window in self._single if text in window.plain]

    def _number_faults(self, sentence: str, best: Window, wanted: frozenset[str]) -> tuple[float, ...]:
        """Return the shares of numbers that are nowhere, not in the best window, and that stand among other words."""
        given = facts.numbers(sentence)
        if not given:
            return 0.0, 0.0, 0.0, 0.0
        near = facts.numbers(best.plain)
        missing = sum(not any(number.same(other) for other in self._numbers) for number in given)
        apart = sum(not any(number.same(other) for other in near) for number in given)
        strange = misplaced = 0.0
        for number in given:
            context = self._number_context.get(round(number.value, 6), set())
            strange += 1 - _share(wanted, frozenset(context))
            same = [other.said for other in self._numbers if number.same(other)]
            misplaced += self._misplaced(sentence, number.said, same)
        return missing / len(given), apart / len(given), strange / len(given), misplaced / len(given)


def _share(wanted: frozenset[str], known: frozenset[str]) -> float:
    return len(wanted & known) / len(wanted) if wanted else 0.0


def _grams(tokens: Sequence[str], size: int) -> Iterable[tuple[str, ...]]:
    return (tuple(tokens[i : i + size]) for i in range(len(tokens) - size + 1))


def _gram_share(tokens: Sequence[str], size: int, grams: set[tuple[str, ...]]) -> float:
    own = list(_grams(tokens, size))
    return sum(gram in grams for gram in own) / len(own) if own else 0.0


def _pair_share(content: Sequence[str], pairs: set[tuple[str, str]]) -> float:
    own = list(pairwise(content))
    return sum(pair in pairs for pair in own) / len(own) if own else 0.0


def _longest_run(content: Sequence[str], known: frozenset[str]) -> int:
    longest = run = 0
    for word in content:
        run = 0 if word in known else run + 1
        longest = max(longest, run)
    return longest


def _common_subsequence(left: Sequence[str], right: Sequence[str]) -> int:
    """Return the length of the longest common subsequence."""
    row = [0] * (len(right) + 1)
    for token in left:
        diagonal = 0
        for j, other in enumerate(right, start=1):
            above = row[j]
            row[j] = diagonal + 1 if token == other else max(row[j], row[j - 1])
            diagonal = above
    return row[-1]


def _turned_copy(sentence: str, wanted: frozenset[str], best: Window) -> tuple[float, float]:
    """Return how alike a sentence and the closest passage sentence are where only one of them negates, or they oppose."""
    alike = len(wanted & best.content) / max(1, len(wanted | best.content))
    negated = (negations(sentence) > 0) != (negations(best.plain) > 0)
    opposed = opposite(sentence, best.plain)
    return alike * negated, alike * opposed


def _polarity(sentence: str, best: Window) -> tuple[float, float, float, float]:
    ours, theirs = negated(sentence), negated(best.plain)
    turned = bool((ours - theirs) & best.content or (theirs - ours) & frozenset(words(sentence)))
    negation = (negations(sentence) > 0) != (negations(best.plain) > 0)
    opposed = opposite(sentence, best.plain)
    direction = turned_round(sentence, [(0, best.plain, frozenset())]) is not None
    return float(negation), float(turned), float(opposed), float(direction)
