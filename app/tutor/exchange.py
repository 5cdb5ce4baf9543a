"""Words of the passages put in each other's place: "Avro is columnar" where the passage says it of Parquet.

Such a sentence uses only words of the passages, and most of one sentence; what gives it away is the place of a word:
another one stands there in the passage, and this one stands elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from app.tutor.statement import Statement
from ingest.words import stem

_RIVALS = [
    frozenset(stem(word) for word in group.split())
    for group in (
        "mean median mode",
        "hourly daily weekly monthly yearly annual",
        "half quarter third",
        "minority majority",
        "row column columnar",
        "absolute squared",
        "sequence sequential parallel",
        "numeric categorical text image speech audio video",
        "training inference",
        "training validation test",
        "precision recall accuracy specificity f1",
        "input output",
        "read write",
        "source target",
        "cpu gpu",
        "horizontal vertical",
        "epoch iteration",
        "lasso ridge",
        "bagging boosting stacking",
        "explicit implicit",
        "exploration exploitation",
        "latest history",
        "collaborative content",
        "gini entropy",
        "client server",
        "binary multiclass",
    )
]
_SAME = [
    frozenset(stem(word) for word in group.split())
    for group in (
        "dear costly expensive", "big large huge", "picture image photo photograph", "choose pick take select", "needs requires",
        "fast quick", "start begin", "end stop finish", "shows gives returns", "record log", "part share", "machine instance server",
        "example record row", "often frequently", "rare seldom", "job task", "method algorithm", "error mistake", "label tag",
        "store keep hold", "send deliver write", "read consume", "lie sit stand", "answer response reply", "call request",
    )
]  # fmt: skip
LIKE = 0.55
"""Share of the words of a sentence that a passage sentence must hold for its places to be compared."""

_COMPARED = 3
_LONGEST = 3


@dataclass(frozen=True)
class Exchange:
    """``mine`` stands where the passage has ``other``.

    ``rivals`` if the two exclude each other; ``known`` if the passages use ``mine`` elsewhere; ``framed`` in [0, 1] is the
    share of the sentence that agrees right before and after.
    """

    mine: str
    other: str
    rivals: bool
    known: bool
    framed: float


def exchanges(
    sentence: Statement, passages: Iterable[Statement], known: frozenset[str], topic: frozenset[str]
) -> list[Exchange]:
    """Return what stands in another's place, compared with the passage sentences that hold most of the sentence.

    Args:
        sentence: the sentence to check.
        passages: the sentences of the passages.
        known: all words of the passages.
        topic: words of the headings, which any sentence may use.
    """
    wanted = sentence.content
    held = [(len(wanted & (said.content | topic)), said) for said in passages]
    close = [(share, said) for share, said in held if share >= LIKE * len(wanted)]
    close.sort(key=lambda entry: (-entry[0], len(entry[1].content), entry[1].plain))
    found = [exchange for _, said in close[:_COMPARED] for exchange in _in_place(sentence, said, known)]
    # Two names of the topic may stand for each other.
    return [e for e in found if not (set(e.mine.split()) <= topic and set(e.other.split()) <= topic)]


def synonyms(mine: str, other: str) -> bool:
    """Return whether some word of ``mine`` may stand for one of ``other``."""
    return any(m in group and o in group for group in _SAME for m in mine.split() for o in other.split())


def _in_place(ours: Statement, said: Statement, known: frozenset[str]) -> Iterable[Exchange]:
    blocks = SequenceMatcher(None, ours.tokens, said.tokens, autojunk=False).get_opcodes()
    for k, (tag, a1, a2, b1, b2) in enumerate(blocks):
        if tag != "replace":
            continue
        mine = [token for token in ours.tokens[a1:a2] if token in ours.content]
        other = [token for token in said.tokens[b1:b2] if token in said.content]
        if not mine or not other or len(mine) > _LONGEST or len(other) > _LONGEST:
            continue
        if set(mine) & said.content or set(other) & ours.content:
            continue
        around = [blocks[i] for i in (k - 1, k + 1) if 0 <= i < len(blocks)]
        yield Exchange(
            " ".join(mine),
            " ".join(other),
            any(m in group and o in group for group in _RIVALS for m in mine for o in other),
            all(word in known for word in mine),
            min(1.0, sum(block[2] - block[1] for block in around) / len(ours.tokens)),
        )


def mixture(sentence: Statement, passages: Sequence[Statement]) -> float:
    """Return in [0, 1] how much of a clause is put together from two clauses that a passage sentence keeps apart."""
    return max((_mixed(part, passages) for part in sentence.clauses), default=0.0)


def _mixed(part: frozenset[str], passages: Sequence[Statement]) -> float:
    if len(part) < 3:
        return 0.0
    best = max((len(part & clause) for said in passages for clause in said.clauses), default=0)
    worst = 0.0
    for said in passages:
        whole = len(part & said.content)
        if len(said.clauses) < 2 or whole <= best or whole < 0.75 * len(part):
            continue
        for one in said.clauses:
            for two in said.clauses:
                if one is not two and (one - two) & part and (two - one) & part and (one - two) - part:
                    worst = max(worst, (whole - best) / len(part))
    return worst
