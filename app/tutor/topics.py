"""Names of topics in a question: titles, aliases and abbreviations, with small typing errors mended."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import DamerauLevenshtein

from corpus.pack import Term
from ingest.types import Document

_VENDOR = re.compile(r"^(?:amazon|aws|sagemaker(?: ai)?)\s+", re.IGNORECASE)
_BRACKET = re.compile(r"\s*\(([^()]*)\)")
_WORD = re.compile(r"[^\W_]+")
_LONGEST_NAME = 8


@dataclass(frozen=True)
class Topic:
    """A topic named in a question; ``sure`` is False for a name that is an everyday word too (batch, translate)."""

    document: str
    title: str
    name: str
    start: int
    end: int
    sure: bool


class Topics:
    """The names by which the material's documents are known."""

    def __init__(self, documents: Iterable[Document], glossary: Sequence[Term], everyday: Iterable[str] = ()) -> None:
        documents = list(documents)
        self._titles = {document.id: document.title for document in documents}
        self._names: dict[tuple[str, ...], str] = {}
        self._short: set[tuple[str, ...]] = set()
        by_path = {document.path.rsplit("/", 1)[-1].removesuffix(".md"): document.id for document in documents}
        for document in documents:
            for name in (*_variants(document.title), *document.keywords):
                self._add(name, document.id)
        for document in documents:
            for name in (document.title, *document.keywords):
                bare = _VENDOR.sub("", _BRACKET.sub("", name))
                if bare != name:
                    self._add(bare, document.id, short=True)
        for term in glossary:
            if term.note in by_path:
                for name in (term.term, *term.abbreviations):
                    self._add(name, by_path[term.note])
        self._everyday = frozenset(everyday)
        self._abbreviations = _expansions(documents, glossary)
        self._spellings: dict[int, set[str]] = defaultdict(set)
        for key in self._names:
            for word in key:
                if len(word) >= 5 and word.isalpha():
                    self._spellings[len(word)].add(word)

    def _add(self, name: str, document: str, *, short: bool = False) -> None:
        key = _key(name)
        if not key or (len(key) == 1 and len(key[0]) < 2):
            return
        if key not in self._names:
            self._names[key] = document
            if short and len(key) == 1:
                self._short.add(key)
        plural = (*key[:-1], f"{key[-1]}s")
        self._names.setdefault(plural, document)

    def find(self, text: str) -> list[Topic]:
        """Return the topics named in ``text``, longest names first taken, in order of appearance."""
        tokens = list(_WORD.finditer(text))
        lowered = [token.group().casefold() for token in tokens]
        found: list[Topic] = []
        i = 0
        while i < len(tokens):
            for length in range(min(_LONGEST_NAME, len(tokens) - i), 0, -1):
                key = tuple(lowered[i : i + length])
                document = self._names.get(key)
                if document is None:
                    continue
                vendor = i > 0 and lowered[i - 1] in ("amazon", "aws", "sagemaker")
                name = text[tokens[i].start() : tokens[i + length - 1].end()]
                sure = vendor or not self._is_everyday(key, name, i)
                found.append(
                    Topic(document, self._titles[document], name, tokens[i].start(), tokens[i + length - 1].end(), sure)
                )
                i += length - 1
                break
            i += 1
        return found

    def _is_everyday(self, key: tuple[str, ...], name: str, position: int) -> bool:
        if len(key) > 1:
            return False
        return key[0] in self._everyday and (name.islower() or position == 0)

    def expand(self, text: str) -> str:
        """Return ``text`` with the full name after each known abbreviation and the current after each old name."""
        added = []
        present = text.casefold()
        for topic in self.find(text):
            full = self._abbreviations.get(_key(topic.name)) or topic.title
            bare = _BRACKET.sub("", full)
            if topic.sure and bare.casefold() not in present and bare not in added:
                added.append(bare)
        return f"{text} ({'; '.join(added)})" if added else text

    def mend(self, text: str, known: Iterable[str]) -> str:
        """Return ``text`` with words nobody knows replaced by the topic word one slip away, if there is just one."""
        vocabulary = frozenset(known)

        def mended(match: re.Match[str]) -> str:
            word = match.group().casefold()
            if len(word) < 5 or not word.isalpha() or word in vocabulary or word in self._spellings[len(word)]:
                return match.group()
            return self._nearest_spelling(word) or match.group()

        return _WORD.sub(mended, text)

    def _nearest_spelling(self, word: str) -> str | None:
        slips = 1 if len(word) < 8 else 2
        nearest: list[tuple[int, str]] = []
        for length in range(len(word) - slips, len(word) + slips + 1):
            for candidate in self._spellings.get(length, ()):
                distance = DamerauLevenshtein.distance(word, candidate, score_cutoff=slips)
                if distance <= slips and candidate[0] == word[0]:
                    nearest.append((distance, candidate))
        nearest.sort()
        if not nearest or (len(nearest) > 1 and nearest[1][0] == nearest[0][0]):
            return None
        return nearest[0][1]


def _key(name: str) -> tuple[str, ...]:
    return tuple(word.casefold() for word in _WORD.findall(name))


def _variants(title: str) -> list[str]:
    """Return a title, the title without brackets, and what stands in the brackets if it is a name."""
    inner = [part for part in _BRACKET.findall(title) if len(part) <= 30]
    return [title, _BRACKET.sub("", title), *inner]


def _expansions(documents: Sequence[Document], glossary: Sequence[Term]) -> dict[tuple[str, ...], str]:
    full: dict[tuple[str, ...], str] = {}
    for term in glossary:
        for abbreviation in term.abbreviations:
            full[_key(abbreviation)] = term.term
    for document in documents:
        for inner in _BRACKET.findall(document.title):
            full.setdefault(_key(inner), _BRACKET.sub("", document.title))
    return full
