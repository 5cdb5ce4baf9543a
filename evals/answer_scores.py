"""An answer to the scores it earns, and to what is wrong with it in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from app.llm.settings import BUILT_IN
from app.tutor.judge import UNVERIFIED
from app.tutor.premise import CORRECTION
from app.tutor.types import Turn, Verdict
from evals.asking import SUPPORTED, Asked
from evals.judges import NO_CLAIM
from evals.metrics import Scores, share, yes
from evals.record import Record

CONTRADICTED = Verdict.CONTRADICTED.value
Facts = Sequence[Sequence[str]]


def note_of(path: str) -> str:
    """Return the id of the note at ``path``."""
    return path.rsplit("/", 1)[-1].removesuffix(".md")


def missing_facts(text: str, key_facts: Facts) -> tuple[tuple[str, ...], ...]:
    """Return the groups of which no string occurs in ``text``, case and hyphens ignored."""
    plain = _plain(text)
    return tuple(tuple(group) for group in key_facts if not any(_plain(fact) in plain for fact in group))


def found_note(asked: Asked, notes: Sequence[str]) -> bool:
    """Return whether a passage of one of ``notes`` is among those that were retrieved."""
    return any(note_of(passage.path) in notes for passage in asked.answer.passages)


def grounding_scores(asked: Asked, found: bool | None, with_voice: bool) -> Scores:
    """Return the scores of grounding and citations of an answer; a refusal or a greeting earns none.

    ``found`` is whether retrieval found a right note, None where there is no right note.
    """
    if asked.refused:
        return {}
    claims = [s for s in asked.judged if s.shown and s.verdict not in NO_CLAIM]
    written = [s for s in asked.judged if s.verdict not in NO_CLAIM]
    good = sum(s.verdict == SUPPORTED for s in claims)
    scores: Scores = {
        "grounded": share(good, len(claims)),
        "hard_faults": share(sum(s.verdict == CONTRADICTED for s in claims), len(claims)),
        "unverified": share(sum(s.verdict == UNVERIFIED for s in claims), len(claims)),
        "withheld": share(len(written) - len(claims), len(written)),
        "citation_recall": share(sum(s.cited for s in claims), len(claims)),
        "citation_precision": share(sum(s.precise for s in claims), sum(len(s.quotes) for s in claims)),
        "quotes_valid": share(asked.valid_quotes, len(asked.answer.citations)),
        "citation_headings": share(asked.right_headings, len(asked.answer.citations)),
    }
    if claims:
        scores["grounded_answers"] = good / len(claims), 1.0
        scores["hallucinated"] = yes(good < len(claims))
    if written:
        scores["hallucinated_unchecked"] = yes(any(s.verdict != SUPPORTED or not s.shown for s in written))
    if found is not None:
        scores["grounded_found" if found else "grounded_missed"] = scores["grounded"]
    if with_voice:
        scores["model_worded"] = yes(asked.answer.model != BUILT_IN)
    return scores


def grounding_names() -> frozenset[str]:
    """Return the figures that every answer has, whatever its suite."""
    return frozenset({
        "grounded", "grounded_answers", "grounded_found", "grounded_missed", "hallucinated", "hallucinated_unchecked", "withheld",
        "unverified", "hard_faults", "citation_recall", "citation_precision", "quotes_valid",
        "citation_headings", "model_worded",
    })  # fmt: skip


def corrects(asked: Asked) -> bool:
    """Return whether an answer says that the question takes something wrong for granted."""
    return any(sentence.text == CORRECTION for sentence in asked.answer.sentences)


def off_question(asked: Asked, notes: Sequence[str], key_facts: Facts) -> tuple[float, float]:
    """Return how many cited sentences are from no right note and hold no key fact, of how many."""
    paths = {citation.n: note_of(citation.path) for citation in asked.answer.citations}
    cited = [s for s in asked.answer.sentences if s.citations]
    strays = [
        s
        for s in cited
        if not any(paths.get(n) in notes for n in s.citations)
        and len(missing_facts(s.text, key_facts)) == len(key_facts)
    ]
    return share(len(strays), len(cited))


def recorded(
    bare: Record,
    question: str,
    history: Sequence[Turn],
    asked: Asked,
    scores: Scores,
    expected: str,
    failed: Sequence[str],
) -> Record:
    """Return ``bare`` filled with what was asked, answered, judged and scored."""
    answer = asked.answer
    return replace(
        bare,
        question=question,
        history=tuple((turn.role, turn.text) for turn in history),
        expected=expected,
        kind=answer.kind,
        model=answer.model,
        notice=answer.notice,
        judged=asked.judged,
        passages=tuple(passage.id for passage in asked.passages),
        scores=scores,
        failed=tuple(failed),
        cpu_ms=round(asked.cpu_ms, 2),
        total_ms=answer.timings_ms.get("total", 0.0),
        first_sentence_ms=answer.timings_ms.get("first_sentence"),
        tokens=answer.tokens,
        cost_usd=answer.cost_usd,
        judge_usd=asked.judge_usd,
    )


def expected_facts(key_facts: Facts, notes: Sequence[str]) -> str:
    """Return in words what a right answer holds and where it stands."""
    return f"{' and '.join(' or '.join(group) for group in key_facts)} (note {' or '.join(notes)})"


def fact_failure(asked: Asked, missing: Facts) -> tuple[str, ...]:
    """Return what is wrong with an answer that should hold key facts."""
    if asked.refused:
        return ("refused, though a note holds the answer",)
    return tuple(f"misses {' or '.join(group)}" for group in missing)


def grounding_failures(asked: Asked) -> tuple[str, ...]:
    """Return what the judge finds wrong with the shown sentences, and quotes that do not stand in their document."""
    if asked.refused:
        return ()
    bad = [s for s in asked.judged if s.shown and s.verdict not in (SUPPORTED, *NO_CLAIM)]
    wrong = len(asked.answer.citations) - asked.valid_quotes
    return (
        *(f"{s.verdict}: {s.text}" for s in bad),
        *((f"{wrong} quotes do not stand in their document",) if wrong else ()),
    )


def _plain(text: str) -> str:
    return " ".join(text.casefold().replace("-", " ").replace("‑", " ").split())
