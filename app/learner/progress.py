"""How often a learner was right, by objective and domain, with intervals that say how little a few answers show."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.learner.quizzes import Attempt
from corpus.exam import Exam


@dataclass(frozen=True)
class Accuracy:
    """``right`` of ``answered``; ``low`` to ``high`` is the 95 % Wilson interval of the share, in [0, 1]."""

    id: str
    title: str
    answered: int
    right: int
    low: float
    high: float

    @property
    def share(self) -> float:
        return self.right / self.answered if self.answered else 0.0


def by_objective(attempts: Sequence[Attempt], exam: Exam) -> list[Accuracy]:
    """Return the accuracy on each objective of the blueprint, in its order; the first answer to an item counts."""
    firsts = _first_answers(attempts)
    return [
        _accuracy(objective.id, objective.text, [a for a in firsts if a.item.objective == objective.id])
        for objective in exam.objectives().values()
    ]


def by_domain(attempts: Sequence[Attempt], exam: Exam) -> list[Accuracy]:
    """Return the same for each domain."""
    firsts = _first_answers(attempts)
    return [
        _accuracy(domain.id, domain.title, [a for a in firsts if a.item.domain == domain.id]) for domain in exam.domains
    ]


def _first_answers(attempts: Iterable[Attempt]) -> list[Attempt]:
    """Return the earliest attempt at each item: a repeated question shows memory, not skill."""
    firsts: dict[str, Attempt] = {}
    for attempt in attempts:
        firsts.setdefault(attempt.item.id, attempt)
    return list(firsts.values())


def _accuracy(id_: str, title: str, attempts: Sequence[Attempt]) -> Accuracy:
    from scipy.stats import binomtest

    right = sum(attempt.right for attempt in attempts)
    if not attempts:
        return Accuracy(id_, title, 0, 0, 0.0, 1.0)
    interval = binomtest(right, len(attempts)).proportion_ci(method="wilson")
    return Accuracy(id_, title, len(attempts), right, round(float(interval.low), 4), round(float(interval.high), 4))
