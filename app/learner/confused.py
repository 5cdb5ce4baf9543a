"""What a learner mixes up, by the wrong answers given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.learner.quizzes import Attempt


@dataclass(frozen=True)
class MixedUp:
    """A pair that was taken for each other: ``chosen`` in place of ``key``, ``times`` so far.

    ``notes`` prove the two; ``confusion`` is the entry on the pair, or "".
    """

    key: str
    chosen: str
    times: int
    notes: frozenset[str]
    confusion: str


def mixed_up(attempts: Sequence[Attempt]) -> list[MixedUp]:
    """Return the pairs that a learner mixes up, the most frequent and then the latest first.

    A pair is left out once the learner has, later, answered its question rightly.
    """
    open_pairs: dict[tuple[str, str], MixedUp] = {}
    asked: dict[str, set[tuple[str, str]]] = {}
    for attempt in attempts:
        if attempt.right:
            for pair in asked.pop(attempt.item.id, ()):
                open_pairs.pop(pair, None)
            continue
        keys = [option for option in attempt.item.key if option.text not in attempt.chosen]
        wrong = [option for option in attempt.item.distractors if option.text in attempt.chosen]
        for key in keys[:1]:
            for option in wrong:
                pair = (key.text, option.text)
                before = open_pairs.pop(pair, None)
                notes = frozenset(proof.note for proof in (*key.proof, *option.proof))
                times = before.times + 1 if before else 1
                open_pairs[pair] = MixedUp(key.text, option.text, times, notes, option.confusion)
                asked.setdefault(attempt.item.id, set()).add(pair)
    latest_first = list(open_pairs.values())[::-1]
    return sorted(latest_first, key=lambda pair: -pair.times)
