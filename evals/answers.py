"""The suites that ask the tutor, as a short list of shares; nothing is compared and nothing is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from app.tutor.retrieve import PASSAGES
from evals.context import Context
from evals.question_suites import with_group_scores
from evals.record import Record
from evals.statistics import Share, quantile
from evals.suites import tasks_of

ASKING = ("answers", "refusals", "premises", "followups", "paraphrases")


@dataclass(frozen=True)
class AnswersReport:
    """The records of the suites that ask the tutor, and their shares."""

    records: tuple[Record, ...]

    def share(self, figure: str, suite: str = "") -> Share:
        """Return of how many cases a figure of yes or no is yes."""
        mine = [r.scores[figure] for r in self.records if figure in r.scores and suite in ("", r.suite)]
        return Share(int(sum(hit for hit, _ in mine)), int(sum(total for _, total in mine)))

    def refused(self, kind: str = "") -> Share:
        """Return how many unanswerable questions were refused: all, those ``near`` the topic, or those ``off`` it."""
        mine = [r.scores["abstention_recall"] for r in self.records if r.suite == "refusals" and kind in r.expected]
        return Share(int(sum(hit for hit, _ in mine)), len(mine))

    @property
    def verbatim_quotes(self) -> Share:
        """Of the answers with quotes, those whose quotes all stand in their document."""
        quotes = [r.scores["quotes_valid"] for r in self.records if r.scores.get("quotes_valid", (0.0, 0.0))[1]]
        return Share(sum(valid == total for valid, total in quotes), len(quotes))

    def lines(self) -> Iterable[tuple[str, str]]:
        """Yield (name, figure) as one prints them."""
        costs = [record.cpu_ms for record in self.records]
        yield "key facts present, answerable", str(self.share("key_facts"))
        yield "false refusals, answerable", str(self.share("false_refusals", "answers"))
        yield f"passage of the right note among the first {PASSAGES}", str(self.share("right_passage", "answers"))
        yield "refused, unanswerable", str(self.refused())
        yield "  near the topic", str(self.refused("near the topic"))
        yield "  off the topic", str(self.refused("off the topic"))
        yield "false premises corrected", str(self.share("premises"))
        yield "follow-ups answered from their conversation", str(self.share("follow_ups"))
        yield "groups of paraphrases answered alike", str(self.share("paraphrases_alike"))
        yield "quotes verbatim in their document", str(self.verbatim_quotes)
        yield "CPU per warm answer", f"p50 {quantile(costs, 0.5):.0f} ms, p95 {quantile(costs, 0.95):.0f} ms"


def run_answers(context: Context, progress: Callable[[int, int], None] = lambda done, total: None) -> AnswersReport:
    """Ask every case of the asking suites and return what became of them.

    Raises:
        CaseError: a case file cannot be read.
    """
    tasks = [task for suite in ASKING for task in tasks_of(suite, context)]
    context.tutor.ask("warm up")
    records = list[Record]()
    for task in tasks:
        records.append(task.evaluate())
        progress(len(records), len(tasks))
    return AnswersReport(tuple(with_group_scores(records)))


def failing(records: Sequence[Record]) -> Iterable[Record]:
    """Yield the records with something wrong that are not frozen: who reads frozen ones tunes on them."""
    return (record for record in records if record.failed and record.split != "frozen")
