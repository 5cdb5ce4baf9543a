"""Ablations: the same cases with one setting changed at a time, as a table with intervals."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from app.tutor.retrieve import PASSAGES, Retrieved, Retriever, Weights
from app.tutor.tutor import Tutor, open_tutor
from app.tutor.voice import Voice
from evals.compare import Row, compare
from evals.context import Context
from evals.errors import EvalError
from evals.libraries import copy_library
from evals.record import Run
from evals.runner import Plan, run_evals
from ingest.build import ingest
from ingest.library import Library
from ingest.settings import LibrarySettings

AXES = ("mode", "weight", "k", "chunk", "topic", "check", "models")
_SHOWN = (
    "key_facts",
    "false_refusals",
    "abstention_recall",
    "off_question",
    "hallucinated",
    "recall_1",
    "recall_5",
    "mrr_10",
    "ndcg_10",
)
OpenVoice = Callable[[str], Voice | None]


@dataclass(frozen=True)
class Arm:
    """One setting: its name, and the context that has it."""

    name: str
    context: Callable[[], Context]


@dataclass(frozen=True)
class AblationRow:
    """One arm against the default: its figures, each with the paired difference."""

    arm: str
    rows: tuple[Row, ...]


class CappedRetriever(Retriever):
    """A retriever that returns ``k`` passages whatever is asked for."""

    def __init__(self, base: Retriever, k: int) -> None:
        super().__init__(base.material, base.topics, base.weights)
        self._k = k

    def retrieve(self, question: str, k: int = PASSAGES) -> Retrieved:
        return super().retrieve(question, self._k)


def ablate(
    axes: Sequence[str],
    default: Context,
    plan: Plan,
    folder: Path,
    models: Sequence[str] = (),
    voice: OpenVoice = lambda spec: None,
    progress: Callable[[str, int, int], None] = lambda arm, done, total: None,
) -> list[AblationRow]:
    """Return a row per arm, the default first; the runs are kept below ``folder`` like any other.

    Raises:
        EvalError: there is no such axis.
    """
    unknown = [axis for axis in axes if axis not in AXES]
    if unknown:
        raise EvalError(f"There is nothing to ablate called {unknown[0]!r}; choose from {', '.join(AXES)}.")
    base = run_evals(default, replace(plan, note="ablation: default"), folder, partial(progress, "default"))
    rows = [AblationRow("default", _kept(base, base))]
    for axis in axes:
        if axis == "check":
            rows.append(AblationRow("without the check", _unchecked(base)))
            continue
        for arm in _arms(axis, default, folder, models, voice):
            note = replace(plan, note=f"ablation: {arm.name}")
            run = run_evals(arm.context(), note, folder, partial(progress, arm.name))
            rows.append(AblationRow(arm.name, _kept(base, run)))
    return rows


def _kept(base: Run, run: Run) -> tuple[Row, ...]:
    return tuple(row for row in compare(base, run).rows if row.metric.name in _SHOWN)


def _unchecked(base: Run) -> tuple[Row, ...]:
    """Return what a learner would read without the sentence check: the withheld sentences count as shown."""
    bare = [
        replace(r, scores={**r.scores, "hallucinated": r.scores["hallucinated_unchecked"]})
        for r in base.records
        if "hallucinated_unchecked" in r.scores
    ]
    return tuple(
        row
        for row in compare(base, Run(base.folder, base.summary, tuple(bare))).rows
        if row.metric.name == "hallucinated"
    )


def _arms(axis: str, default: Context, folder: Path, models: Sequence[str], voice: OpenVoice) -> Iterator[Arm]:
    def weighed(weights: Weights) -> Callable[[], Context]:
        return lambda: _with_retriever(default, lambda t: Retriever(t.material, t.topics, weights))

    match axis:
        case "mode":
            yield Arm("meaning search only", weighed(Weights(mode="dense")))
            yield Arm("word search only", weighed(Weights(mode="words")))
        case "weight":
            for share in (0.3, 0.7):
                yield Arm(f"weight of meaning {share}", weighed(Weights(dense=share / 2, sentences=share / 2)))
        case "topic":
            yield Arm("no bonus for named topics", weighed(Weights(topic=0.0)))
        case "k":
            for k in (4, 8, 20):
                yield Arm(f"{k} passages", partial(_with_retriever, default, partial(_capped, k)))
        case "chunk":
            for tokens in (60, 120):
                yield Arm(f"chunks of {tokens} tokens", partial(_rechunked, default, tokens, folder))
        case _:
            for spec in models:
                yield Arm(spec, partial(_voiced, default, spec, voice))


def _capped(k: int, tutor: Tutor) -> Retriever:
    return CappedRetriever(tutor.retriever, k)


def _voiced(default: Context, spec: str, voice: OpenVoice) -> Context:
    return replace(default, voice=voice(spec))


def _with_retriever(default: Context, make: Callable[[Tutor], Retriever]) -> Context:
    tutor = open_tutor(default.settings)
    tutor.retriever = make(tutor)
    return replace(default, tutor=tutor)


def _rechunked(default: Context, tokens: int, folder: Path) -> Context:
    """Return the context over a library whose chunks have at most ``tokens`` tokens; sentences keep their vectors."""
    home = folder / "libraries" / f"chunks-{tokens}"
    settings: LibrarySettings = default.settings.model_copy(update={"home": home})
    copy_library(default.settings, home)
    Library(settings.library_path).keep_generations([])
    shutil.rmtree(settings.index_dir)
    ingest(settings, chunk_tokens=tokens)
    return replace(default, tutor=open_tutor(settings), settings=settings)
