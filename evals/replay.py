"""A recorded model answer under the sentence check of today: what a learner would see of it, with the check and without."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from app.llm.errors import ModelOutputError
from app.tutor.generating import finished_sentences, quoted_answer, without_numbers
from app.tutor.ground import Ground
from app.tutor.types import Verdict
from app.tutor.wording import is_foreign, words_given
from corpus.markdown import plain_text, split_sentences
from evals.recordings import Recording, Spoken, Variant
from ingest.words import words

_LIST_MARKER = re.compile(r"\d{1,2}[.)]")


@dataclass(frozen=True)
class Replayed:
    """A recorded answer as the tutor would treat it today.

    ``written`` are its sentences but for those that say that the material has no answer, ``passed`` those of them that
    the check lets through: what a learner would see without the check and with it. ``refused`` is whether the model said
    that the passages do not hold the answer.
    """

    id: str
    variant: Variant
    written: tuple[str, ...]
    passed: tuple[str, ...]
    refused: bool

    def shown(self, check: bool) -> tuple[str, ...]:
        """Return the sentences that a learner would see."""
        return self.passed if check else self.written


def replay(recording: Recording, variant: Variant) -> Replayed:
    """Return what of a recorded answer would be shown.

    A quote-first answer whose quote stands in no passage is not shown at all with the check; without it, it is.
    """
    said, refused, quoted = _said(recording, variant)
    ground, known = Ground(recording.sources), words_given(recording.sources)
    written, passed = list[str](), list[str]()
    for sentence in said:
        plain, _ = without_numbers(plain_text(sentence))
        verdict = ground.check(plain).verdict
        refused = refused or verdict is Verdict.ABSTENTION
        if plain in written or verdict is Verdict.ABSTENTION or _says_nothing(plain, verdict):
            continue
        written.append(plain)
        if quoted and verdict is Verdict.SUPPORTED and not is_foreign(plain, known):
            passed.append(plain)
    return Replayed(recording.id, variant, tuple(written), tuple(passed), refused)


def _said(recording: Recording, variant: Variant) -> tuple[list[str], bool, bool]:
    """Return the sentences of an answer, whether it refuses, and whether the quote it starts from is real."""
    spoken = recording.said[variant]
    if variant == "plain":
        return list(_finished(spoken)), False, True
    found = quoted_answer([spoken.raw])
    if found is None or not found.answerable:
        return [], found is not None, False
    quote = " ".join(words(found.quote))
    quoted = bool(quote) and any(quote in " ".join(words(source.text)) for source in recording.sources)
    return split_sentences(found.answer), False, quoted


def _says_nothing(plain: str, verdict: Verdict) -> bool:
    """Return whether a sentence is a question, a greeting or the number of a list item; a bare value says something."""
    bare_value = any(c.isdigit() for c in plain) and not _LIST_MARKER.fullmatch(plain) and not plain.endswith("?")
    return verdict is Verdict.NOT_CHECKABLE and not bare_value


def _finished(spoken: Spoken) -> Iterator[str]:
    """Yield the finished sentences of a stream that broke off where the recorded one did."""

    def pieces() -> Iterator[str]:
        yield spoken.raw
        if spoken.error:
            raise ModelOutputError(spoken.error)

    try:
        yield from finished_sentences(pieces())
    except ModelOutputError:
        return
