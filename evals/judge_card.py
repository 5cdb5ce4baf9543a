"""How good a judge itself is: planted faults it finds, false alarms on clean sentences, and agreement with people.

The faults are planted by rules (`evals.faults.TESTING`) into sentences of the run's own answers, so every report has this card
without any further data; files that people labelled are added by path. A clean sentence here is a quotation, so its false alarms are a lower
bound; those on labelled data count loosely worded text too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from sklearn.metrics import roc_auc_score

from app.tutor import facts
from app.tutor.ground import answer_spans, claims_nothing
from app.tutor.judge import UNVERIFIED
from app.tutor.source import Source
from corpus.markdown import plain_text
from evals.faults import TESTING, Context, plant
from evals.judges import NO_CLAIM, Judge
from evals.labelled import LabelledAnswer, read_labelled, sha256_of
from evals.record import Record
from evals.statistics import wilson

CLEAN = "clean"
_LENGTHS = ((0, 12, "up to 12 words"), (13, 24, "13 to 24 words"), (25, 10_000, "25 words and more"))


@dataclass(frozen=True)
class Rate:
    """``hits`` of ``total`` with the Wilson interval, in [0, 1]."""

    hits: int
    total: int
    low: float
    high: float

    @staticmethod
    def of(hits: Iterable[bool]) -> Rate:
        values = list(hits)
        low, high = wilson(sum(values), len(values))
        return Rate(sum(values), len(values), low, high)


@dataclass(frozen=True)
class LabelledFigures:
    """Agreement with people on the sentences of one file; "found" is an unsupported sentence that the judge does not call supported."""

    data: str
    sha256: str
    sentences: int
    unsupported: float
    precision: float
    recall: float
    f1: float
    balanced_accuracy: float
    false_alarms: float
    auroc: float | None
    unverified: int
    recall_by_length: dict[str, Rate]
    recall_by_domain: dict[str, Rate]


@dataclass(frozen=True)
class Card:
    """``planted`` is the share found by kind of fault; ``clean`` the share of unchanged sentences that raised an alarm."""

    judge: str
    version: str
    clean: Rate
    planted: dict[str, Rate]
    unverified: int
    labelled: tuple[LabelledFigures, ...] = field(default=())

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def judge_card(
    judge: Judge,
    records: Sequence[Record],
    sources: Mapping[str, Source],
    seed: int,
    size: int,
    data: Sequence[Path] = (),
) -> Card:
    """Return the card of ``judge``; ``size`` sentences of the records get faults planted; ``sources`` are the passages of the records by id.

    Raises:
        EvalError: a file of labelled answers cannot be read.
    """
    rng = Random(seed)
    pool = sorted(
        {(r.id, s.text): (s.text, r.passages) for r in records for s in r.judged if s.shown and s.quotes}.values()
    )
    chosen = [pool[i] for i in sorted(rng.sample(range(len(pool)), min(size, len(pool))))]
    names = sorted({name for text, _ in pool for name in facts.names(text) if name[:1].isupper()})
    found: dict[str, list[bool]] = defaultdict(list)
    open_ = 0
    for text, ids in chosen:
        read = [sources[i] for i in ids if i in sources]
        context = Context("\n".join(source.text for source in read), rng.sample(names, min(20, len(names))))
        for kind, claim in {CLEAN: text, **plant(TESTING, text, context, rng)}.items():
            verdict = judge.judge(claim, read).verdict
            open_ += verdict == UNVERIFIED
            if verdict not in NO_CLAIM:
                found[kind].append(verdict != "supported")
    return Card(
        judge=judge.name,
        version=judge.version,
        clean=Rate.of(found.pop(CLEAN, [])),
        planted={kind: Rate.of(hits) for kind, hits in sorted(found.items())},
        unverified=open_,
        labelled=tuple(labelled_figures(judge, path) for path in data),
    )


def labelled_figures(judge: Judge, path: Path) -> LabelledFigures:
    """Return how a judge agrees with the people who marked the answers in a file (see `evals.labelled`)."""
    rows = [row for answer in read_labelled(path) for row in _judged_sentences(judge, answer)]
    labels = np.array([row.unsupported for row in rows], dtype=bool)
    alarms = np.array([row.alarm for row in rows], dtype=bool)
    risks = np.array([row.risk for row in rows])
    hit, alarm_count, wrong = int((alarms & labels).sum()), int(alarms.sum()), int(labels.sum())
    precision, recall = hit / max(1, alarm_count), hit / max(1, wrong)
    false_alarms = int((alarms & ~labels).sum()) / max(1, int((~labels).sum()))
    return LabelledFigures(
        data=path.name,
        sha256=sha256_of(path),
        sentences=len(rows),
        unsupported=wrong / max(1, len(rows)),
        precision=precision,
        recall=recall,
        f1=2 * precision * recall / max(1e-9, precision + recall),
        balanced_accuracy=(recall + 1 - false_alarms) / 2,
        false_alarms=false_alarms,
        auroc=float(roc_auc_score(labels, risks)) if 0 < wrong < len(rows) else None,
        unverified=sum(row.open for row in rows),
        recall_by_length={
            name: Rate.of(row.alarm for row in rows if row.unsupported and low <= row.words <= high)
            for low, high, name in _LENGTHS
        },
        recall_by_domain={
            name: Rate.of(row.alarm for row in rows if row.unsupported and row.domain == name)
            for name in sorted({row.domain for row in rows})
        },
    )


@dataclass(frozen=True)
class _Row:
    unsupported: bool
    alarm: bool
    risk: float
    open: bool
    words: int
    domain: str


def _judged_sentences(judge: Judge, answer: LabelledAnswer) -> Iterable[_Row]:
    sources = [Source(str(i), passage) for i, passage in enumerate(answer.passages)]
    for start, end in answer_spans(answer.answer):
        text = answer.answer[start:end]
        if claims_nothing(plain_text(text)):
            continue
        found = judge.judge(text, sources)
        yield _Row(
            unsupported=bool(answer.marks(start, end)),
            alarm=found.verdict != "supported",
            risk=1 - found.support,
            open=found.verdict == UNVERIFIED,
            words=len(text.split()),
            domain=answer.generator or "all",
        )
