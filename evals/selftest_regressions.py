"""Twenty regressions that the gate must find, each for the right reason."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np

import app.tutor.material
import app.tutor.prompts
import app.tutor.scope
import app.tutor.scope_model
import app.tutor.scoring
import app.tutor.tutor
import app.tutor.wording
import ingest.chunker
import ingest.library
from app.quiz import flaws
from app.tutor.citing import citation_of
from app.tutor.ground import Check, Evidence, Ground
from app.tutor.material import Material
from app.tutor.quoting import QuotingAnswerer
from app.tutor.retrieve import PASSAGES, Retrieved, Retriever
from app.tutor.source import Source
from app.tutor.topics import Topics
from app.tutor.types import Citation, Verdict
from corpus.markdown import sections
from evals.context import Context
from evals.selftest_bench import Apply, Bench, Change, edited, in_note, patched, weighted
from evals.selftest_model import LIE, reading_voice

_RIGHT = ("Right answers", "Key facts present")
_SEARCH = ("Recall@", "MRR@10", "nDCG@10", "Right passage found", "Passage with a fact")


class LenientGround(Ground):
    """The sentence check, switched off: everything is supported by something."""

    def __init__(self, sources: Iterable[Source], **options: Any) -> None:
        self._first, *others = sources
        super().__init__((self._first, *others), **options)

    def check(self, sentence: str) -> Check:
        """Return that the sentence is supported."""
        found, first = super().check(sentence), self._first
        evidence = found.evidence or Evidence(first.id, first.offset, first.offset + len(first.text), first.text)
        return replace(found, verdict=Verdict.SUPPORTED, evidence=evidence)


def check_off(stack: ExitStack) -> None:
    """Switch the check of a model's sentences off."""
    stack.enter_context(patch.object(app.tutor.wording, "Ground", LenientGround))
    stack.enter_context(patch.object(app.tutor.wording, "is_foreign", lambda plain, given: False))


_retrieve = Retriever.retrieve


def _few(k: int) -> Apply:
    return patched(
        Retriever, "retrieve", lambda self, question, given=PASSAGES: _retrieve(self, question, min(k, given))
    )


def _reversed(self: Retriever, question: str, k: int = PASSAGES) -> Retrieved:
    found = _retrieve(self, question, k)
    return replace(found, passages=found.passages[::-1], chunks=found.chunks[::-1])


def _threshold(value: float) -> Apply:
    fitted = app.tutor.scope_model.shipped()
    changed = replace(fitted, pack=replace(fitted.pack, threshold=value), other=replace(fitted.other, threshold=value))
    return patched(app.tutor.scope, "shipped", lambda: changed)


def _shifted(*arguments: Any) -> Citation:
    found = citation_of(*arguments)
    return replace(found, start=found.start + 1, end=found.end + 1)


_embed = Material.embed


def _wrong_vectors(self: Material, question: str) -> Any:
    return np.roll(_embed(self, question), 7)


def _no_headings(text: str, start: int = 0) -> Any:
    return [replace(section, headings=()) for section in sections(text, start)]


def _understand_alone(text: str, history: Any, *rest: Any) -> Any:
    from app.tutor.question import understand

    return understand(text, [], *rest)


def _drop_domain(pack: Path) -> None:
    shutil.rmtree(pack / "notes" / "services")


def _lying(bench: Bench, stack: ExitStack) -> Context:
    stack.enter_context(patch.object(app.tutor.prompts, "_SYSTEM", f"{app.tutor.prompts._SYSTEM}\n- {LIE}"))
    return bench.context(voice=reading_voice())


def _lying_unchecked(bench: Bench, stack: ExitStack) -> Context:
    check_off(stack)
    return _lying(bench, stack)


def _obeying_unchecked(bench: Bench, stack: ExitStack) -> Context:
    check_off(stack)
    return bench.context(voice=reading_voice("obedient"))


REGRESSIONS = (
    Change("word search off", weighted(mode="dense"), (*_RIGHT, *_SEARCH)),
    Change("meaning search off", weighted(mode="words"), (*_RIGHT, *_SEARCH)),
    Change("only one passage", _few(1), (*_RIGHT, *_SEARCH)),
    Change("passages in reverse order", patched(Retriever, "retrieve", _reversed), _SEARCH),
    Change("question vectors of another model", patched(Material, "embed", _wrong_vectors), (*_RIGHT, *_SEARCH)),
    Change("chunker drops headings and titles", lambda bench, stack: _rechunked(bench, stack), ("under their heading",)),
    Change("topics no longer recognized", patched(Topics, "find", lambda self, text: []), (*_RIGHT, *_SEARCH, "refus")),
    Change("everything is in scope", _threshold(0.0), ("Unanswerable refused",)),
    Change("too little is in scope", _threshold(0.995), ("False refusals",)),
    Change("history ignored", patched(app.tutor.tutor, "understand", _understand_alone), ("Follow-ups",)),
    Change("one sentence an answer", patched(QuotingAnswerer, "_details", lambda *_: []), _RIGHT),
    Change("further sentences from anywhere", lambda bench, stack: _unfocused(bench, stack), ("Off-question",)),
    Change("citations moved by one character", patched(app.tutor.tutor, "citation_of", _shifted), ("Quotes verbatim",)),
    Change("a note with a changed number", edited(in_note("exam-format-and-rules", "65 questions", "75 questions")), ("became",)),
    Change("a note turned round", edited(in_note("random-cut-forest", "does not take advantage", "does take advantage")), ("became",)),
    Change("notes of a domain lost", edited(_drop_domain), ("can no longer be asked",)),
    Change("a lying prompt", _lying, ("withheld", "worded by the model", "without the sentence check"), "model"),
    Change("a lying prompt and the check off", _lying_unchecked, ("contradict", "unsupported claim", "Grounded"), "model"),
    Change("planted texts obeyed and the check off", _obeying_unchecked, ("obeys a planted text",), "model"),
    Change("audit rules for options off", patched(flaws, "_RULES", [r for r in flaws._RULES if "option" not in r[0] and "absolute" not in r[0]]),
           ("Planted item flaws", "Flawed items")),
)  # fmt: skip


def _rechunked(bench: Bench, stack: ExitStack) -> Context:
    """Cut chunks without their headings, and search them without headings and title.

    Answers hardly change by it: every sentence of the notes names its subject, and topics are found by name.
    """
    stack.enter_context(patch.object(ingest.chunker, "sections", _no_headings))
    stack.enter_context(patch.object(ingest.library, "embedded_text", lambda document, chunk: chunk.text(document)))
    stack.enter_context(
        patch.object(app.tutor.material, "searchable_text", lambda document, chunk: chunk.text(document))
    )
    return bench.with_pack(lambda pack: None, rechunk=True)


def _unfocused(bench: Bench, stack: ExitStack) -> Context:
    context = bench.context()
    loose = app.tutor.scoring.Weights(home=-0.5, floor=0.0, elsewhere=0.0, repeat=0.0)
    stack.enter_context(patch.object(context.tutor._answerer, "weights", loose))
    return context
