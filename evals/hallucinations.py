"""How much of what a chat model invents reaches a learner: its recorded answers under the sentence check of today.

``python -m evals.hallucinations`` needs no model, no library and no network. Whether a sentence is wrong was decided by
reading it as an answer to its question beside the passages the model had (`evals/recorded/labels.jsonl`); the check has
no say in it.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from evals.answer_scores import Facts, missing_facts
from evals.case import Answerable, Unanswerable, cases_dir, read_cases
from evals.human import read_labels
from evals.recordings import RECORDED, VARIANTS, Variant, read_recordings
from evals.replay import Replayed, replay
from evals.statistics import Estimate, Observations, estimate, quantile

LABELS = RECORDED / "labels.jsonl"
SEED = 1
Outcome = Literal["right", "wrong shown", "beside it", "withheld", "refused"]
OUTCOMES: tuple[Outcome, ...] = ("right", "wrong shown", "beside it", "withheld", "refused")


@dataclass(frozen=True)
class Labels:
    """What people found, by (case, sentence).

    ``true`` says whether the passages license a sentence, read as an answer to its question. ``answers`` says whether it
    answers the question; it is given only where the key facts misjudge that.
    """

    true: Mapping[tuple[str, str], bool]
    answers: Mapping[tuple[str, str], bool] = field(default_factory=dict)


def read_answer_labels(path: Path) -> Labels:
    """Return the labels in a file of lines ``{"case", "sentence", "supported"}``, some with ``"answers"``; raises EvalError."""
    true = read_labels(path)
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    return Labels(true, {(row["case"], row["sentence"]): row["answers"] for row in rows if "answers" in row})


def outcome(replayed: Replayed, key_facts: Facts, labels: Labels, *, check: bool) -> Outcome:
    """Return what an answer was to its learner; ``key_facts`` is empty where the notes hold no answer.

    ``wrong shown``: a sentence that is not true to the passages is shown, or one that nobody has read and that lacks key facts.
    ``right``: the question is answered and nothing shown is wrong. ``beside it``: what is shown is true and does not answer.
    """
    shown = [(replayed.id, sentence) for sentence in replayed.shown(check)]
    if not shown:
        return "refused" if replayed.refused else "withheld"
    true = [labels.true.get(sentence) for sentence in shown]
    if False in true:
        return "wrong shown"
    if answered(replayed, key_facts, labels, check=check):
        return "right"
    return "wrong shown" if None in true else "beside it"


def answered(replayed: Replayed, key_facts: Facts, labels: Labels, *, check: bool) -> bool:
    """Return whether what is shown answers the question: as a person said, else whether it holds every key fact."""
    shown = replayed.shown(check)
    said = [labels.answers[replayed.id, s] for s in shown if (replayed.id, s) in labels.answers]
    return any(said) if said else holds_key_facts(shown, key_facts)


def holds_key_facts(shown: Sequence[str], key_facts: Facts) -> bool:
    """Return whether sentences hold a string of every group of key facts; False where there are none to hold."""
    return bool(key_facts) and not missing_facts(" ".join(shown), key_facts)


def outcome_lines(replayed: Sequence[Replayed], facts: Mapping[str, Facts], labels: Labels) -> Iterable[str]:
    """Yield a table of the outcomes of the four ways to use the model, answerable and unanswerable questions apart."""
    yield f"{'answers':34}" + "".join(f"{name:>13}" for name in OUTCOMES)
    for answerable in (True, False):
        for variant, check in _ways():
            mine = [r for r in replayed if r.variant == variant and bool(facts[r.id]) == answerable]
            counted = Counter(outcome(r, facts[r.id], labels, check=check) for r in mine)
            name = f"{_name(variant, check)}, {'in' if answerable else 'not in'} the notes"
            yield f"{name:34}" + "".join(f"{counted[kind]:>13}" for kind in OUTCOMES)


def wrong_sentences(replayed: Sequence[Replayed], labels: Labels, *, check: bool) -> Estimate:
    """Return the share of shown sentences that are wrong, whole questions resampled; those without a label are left out."""
    return _share(
        [(r.id, [labels.true[r.id, s] for s in r.shown(check) if (r.id, s) in labels.true]) for r in replayed]
    )


def wrong_answers(replayed: Sequence[Replayed], labels: Labels, *, check: bool) -> Estimate:
    """Return the share of questions for which a wrong sentence is shown, of all questions asked."""
    return _share([(r.id, [all(labels.true.get((r.id, s), True) for s in r.shown(check))]) for r in replayed])


def withheld_truths(replayed: Sequence[Replayed], labels: Labels) -> Estimate:
    """Return the share of true sentences that the check withholds: what it costs."""
    return _share([(r.id, [s in r.passed for s in r.written if labels.true.get((r.id, s))]) for r in replayed])


def sentence_lines(replayed: Sequence[Replayed], labels: Labels) -> Iterable[str]:
    """Yield a table of wrong sentences and of answers with one, and of what the check takes away from true ones."""
    yield f"{'':16}{'sentences shown':>16}{'wrong':>7}{'share of them, 95 %':>24}{'questions with one, 95 %':>28}"
    for variant, check in _ways():
        mine = [r for r in replayed if r.variant == variant]
        sentences, answers = (f(mine, labels, check=check) for f in (wrong_sentences, wrong_answers))
        yield (
            f"{_name(variant, check):16}{sentences.denominator:>16.0f}{sentences.numerator:>7.0f}"
            f"{_words(sentences):>24}{_words(answers):>28}"
        )
    for variant in VARIANTS:
        cost = withheld_truths([r for r in replayed if r.variant == variant], labels)
        yield f"true sentences withheld, {variant}: {cost.numerator:.0f} of {cost.denominator:.0f} ({_words(cost)})"
    unknown = sum((r.id, s) not in labels.true for r in replayed for s in r.written)
    if unknown:
        yield f"{unknown} sentences have no label and count in no share; read them and add them to {LABELS.name}."


def _share(by_question: Sequence[tuple[str, Sequence[bool]]]) -> Estimate:
    """Return the share of values that are False."""
    scores = [(float(sum(not value for value in values)), float(len(values))) for _, values in by_question]
    return estimate(Observations.of(scores, [question for question, _ in by_question]), SEED)


def _ways() -> Iterable[tuple[Variant, bool]]:
    return ((variant, check) for variant in VARIANTS for check in (False, True))


def _name(variant: Variant, check: bool) -> str:
    return f"{variant}{' + check' if check else ''}"


def _words(found: Estimate) -> str:
    return f"{100 * found.value:.1f} % ({100 * found.low:.1f} to {100 * found.high:.1f})"


def _overruled(replayed: Sequence[Replayed], facts: Mapping[str, Facts], labels: Labels) -> int:
    return sum(
        answered(r, facts[r.id], labels, check=check) != holds_key_facts(r.shown(check), facts[r.id])
        for r in replayed
        for check in (False, True)
    )


def facts_of_questions() -> dict[str, Facts]:
    """Return the key facts of every question by its id; none for what the notes do not answer."""
    answerable = read_cases(Answerable, cases_dir() / "answerable.jsonl")
    unanswerable = read_cases(Unanswerable, cases_dir() / "unanswerable.jsonl")
    return {**{case.id: case.key_facts for case in answerable}, **{case.id: () for case in unanswerable}}


def report(recordings: Path, labels: Path = LABELS) -> Iterable[str]:
    """Yield the lines of both tables over the recordings in a file."""
    facts = facts_of_questions()
    asked = [recording for recording in read_recordings(recordings) if recording.id in facts]
    known = read_answer_labels(labels)
    replayed = [replay(recording, variant) for recording in asked for variant in VARIANTS]
    models = ", ".join(sorted({recording.model for recording in asked}))
    seconds = [spoken.seconds for recording in asked for spoken in recording.said.values()]
    yield f"{len(asked)} questions to {models}, median {quantile(seconds, 0.5):.0f} s an answer"
    yield from outcome_lines(replayed, facts, known)
    yield f"in {_overruled(replayed, facts, known)} of these answers a person overruled the key facts"
    yield ""
    yield from sentence_lines(replayed, known)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("recordings", type=Path, nargs="?", default=RECORDED / "local-qwen2.5-coder-1.5b.jsonl")
    print("\n".join(report(parser.parse_args().recordings)))


if __name__ == "__main__":
    main()
