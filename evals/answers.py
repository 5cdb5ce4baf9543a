"""How good the tutor's answers are: key facts present, refusals right, quotes verbatim, answers fast."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from app.tutor.retrieve import PASSAGES
from app.tutor.tutor import Tutor
from app.tutor.types import Answer, Turn
from evals.answering import missing_facts, note_of
from evals.case import Answerable, FalsePremise, MultiTurn, Paraphrase, Split, Unanswerable, cases_dir, read_cases
from evals.statistics import Share
from evals.suites import note_ids

N = TypeVar("N", Answerable, FalsePremise, MultiTurn, Paraphrase)


@dataclass(frozen=True)
class Outcome:
    """One case and what became of it; ``cpu_ms`` is processor time of the answer."""

    id: str
    question: str
    passed: bool
    refused: bool
    found_note: bool
    answer: Answer
    cpu_ms: float
    missing: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True)
class AnswersReport:
    """The figures of a run over one or both splits."""

    key_facts: Share
    false_refusals: Share
    refused_near: Share
    refused_off: Share
    refused: Share
    corrections: Share
    follow_ups: Share
    paraphrases_alike: Share
    right_passage: Share
    verbatim_quotes: Share
    cpu_ms_p50: float
    cpu_ms_p95: float
    outcomes: tuple[Outcome, ...]

    def lines(self) -> Iterable[tuple[str, str]]:
        """Yield (name, figure) as one prints them."""
        yield "key facts present, answerable", str(self.key_facts)
        yield "false refusals, answerable", str(self.false_refusals)
        yield f"passage of the right note among the first {PASSAGES}", str(self.right_passage)
        yield "refused, unanswerable", str(self.refused)
        yield "  near the topic", str(self.refused_near)
        yield "  off the topic", str(self.refused_off)
        yield "false premises corrected", str(self.corrections)
        yield "follow-ups answered from their conversation", str(self.follow_ups)
        yield "groups of paraphrases answered alike", str(self.paraphrases_alike)
        yield "quotes verbatim in their document", str(self.verbatim_quotes)
        yield "CPU per warm answer", f"p50 {self.cpu_ms_p50:.0f} ms, p95 {self.cpu_ms_p95:.0f} ms"


def run_answers(
    tutor: Tutor,
    split: Split | None,
    progress: Callable[[int, int], None] = lambda done, total: None,
    folder: Path | None = None,
) -> AnswersReport:
    """Ask every case of ``split`` (None: all) and return the figures.

    Raises:
        CaseError: a case file cannot be read.
    """
    folder = folder or cases_dir()
    here = note_ids(tutor)
    answerable = with_notes(read_cases(Answerable, folder / "answerable.jsonl", split), here)
    unanswerable = read_cases(Unanswerable, folder / "unanswerable.jsonl", split)
    premises = with_notes(read_cases(FalsePremise, folder / "false_premise.jsonl", split), here)
    turns = with_notes(read_cases(MultiTurn, folder / "multi_turn.jsonl", split), here)
    groups = with_notes(read_cases(Paraphrase, folder / "paraphrase.jsonl", split), here)
    wordings = sum(len(group.questions) for group in groups)
    total = len(answerable) + len(unanswerable) + len(premises) + len(turns) + wordings
    outcomes: list[Outcome] = []

    def ask(
        case_id: str,
        question: str,
        facts: Sequence[Sequence[str]],
        notes: Sequence[str],
        history: Sequence[Turn] = (),
    ) -> Outcome:
        outcome = _ask(tutor, case_id, question, facts, notes, history)
        outcomes.append(outcome)
        progress(len(outcomes), total)
        return outcome

    tutor.ask("warm up")
    right = [ask(c.id, c.question, c.key_facts, c.notes) for c in answerable]
    near = [ask(c.id, c.question, (), ()) for c in unanswerable if c.kind == "near"]
    off = [ask(c.id, c.question, (), ()) for c in unanswerable if c.kind == "off"]
    corrected = [ask(c.id, c.question, c.correction, c.notes) for c in premises]
    followed = [
        ask(c.id, c.question, c.key_facts, c.notes, [Turn(said.role, said.text) for said in c.history]) for c in turns
    ]
    alike = [len({ask(g.id, q, g.key_facts, g.notes).passed for q in g.questions}) == 1 for g in groups]
    quotes = [_is_verbatim(tutor, o.answer) for o in outcomes if o.answer.citations]
    costs = sorted(outcome.cpu_ms for outcome in outcomes)
    return AnswersReport(
        key_facts=_share(o.passed for o in right),
        false_refusals=_share(o.refused for o in right),
        refused_near=_share(o.refused for o in near),
        refused_off=_share(o.refused for o in off),
        refused=_share(o.refused for o in [*near, *off]),
        corrections=_share(o.passed for o in corrected),
        follow_ups=_share(o.passed for o in followed),
        paraphrases_alike=_share(alike),
        right_passage=_share(o.found_note for o in right),
        verbatim_quotes=_share(quotes),
        cpu_ms_p50=costs[len(costs) // 2],
        cpu_ms_p95=costs[int(len(costs) * 0.95)],
        outcomes=tuple(outcomes),
    )


def with_notes(cases: Sequence[N], here: frozenset[str]) -> list[N]:
    """Return the cases of which at least one note exists; the others wait for theirs."""
    return [case for case in cases if here & set(case.notes)]


def _ask(
    tutor: Tutor,
    case_id: str,
    question: str,
    facts: Sequence[Sequence[str]],
    notes: Sequence[str],
    history: Sequence[Turn],
) -> Outcome:
    began = time.process_time()
    answer = tutor.ask(question, history)
    cpu_ms = (time.process_time() - began) * 1000
    missing = missing_facts(answer.text, facts)
    found = {note_of(passage.path) for passage in answer.passages}
    return Outcome(
        id=case_id,
        question=question,
        passed=answer.kind == "answer" and not missing,
        refused=answer.kind != "answer",
        found_note=bool(found & set(notes)),
        answer=answer,
        cpu_ms=cpu_ms,
        missing=missing,
    )


def _is_verbatim(tutor: Tutor, answer: Answer) -> bool:
    for citation in answer.citations:
        document = tutor.document(citation.document)
        if document is None or document.text[citation.start : citation.end] != citation.quote:
            return False
    return True


def _share(hits: Iterable[bool]) -> Share:
    values = list(hits)
    return Share(sum(values), len(values))
