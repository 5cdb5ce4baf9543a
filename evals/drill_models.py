"""Every fault of a chat model, through the whole chat path, many times.

``python -m evals.drill_models --times 50``; exits 1 if any run raised, lost text, came late, asked more than three
times, or left the learner without the built-in answer. Answers without a model are run in between: how long they
take says how busy the machine is. Needs an ingested library.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import uuid4

from app.learner.answering import answer_question
from app.learner.store import LearnerStore, open_store
from app.learner.usage import Budget
from app.llm.model import ChatModel
from app.llm.scripted import FAULTS
from app.llm.settings import ModelSettings
from app.tutor.tutor import Tutor, open_tutor
from app.tutor.voice import Voice, open_voice

QUESTION = "Does Random Cut Forest need labels?"
GRACE_S = 2.0
_MOST_ATTEMPTS = 3
_THREADS = 2
CONTROL = "no model"


@dataclass(frozen=True)
class FaultRun:
    """One answer by a faulty model: what went wrong for the learner (nothing, it is hoped), and how long it took."""

    fault: str
    seconds: float
    attempts: int
    problem: str = ""


def drill(
    tutor: Tutor, store: LearnerStore, faults: Sequence[str], times: int, settings: ModelSettings
) -> list[FaultRun]:
    """Return ``times`` runs of each fault, several at once, as learners would cause them."""
    learner = store.add_learner(f"Drill {uuid4().hex[:8]}").id
    wanted = [fault for _ in range(times) for fault in faults]
    with ThreadPoolExecutor(_THREADS) as pool:
        return list(pool.map(lambda fault: _run(tutor, store, learner, fault, settings), wanted))


def _run(tutor: Tutor, store: LearnerStore, learner: str, fault: str, settings: ModelSettings) -> FaultRun:
    voice, tries = _counting(None if fault == CONTROL else open_voice(f"scripted:{fault}", settings))
    conversation = store.start_conversation(learner, QUESTION).id
    question = store.add_question(conversation, QUESTION, uuid4().hex)
    into = store.begin_answer(conversation, uuid4().hex)
    began = time.monotonic()
    try:
        *_, last = answer_question(tutor, store, [question], into, lambda: voice, Budget())
    except Exception as error:  # whatever it is, a learner would see it
        return FaultRun(fault, time.monotonic() - began, len(tries), f"raised {type(error).__name__}: {error}")
    seconds = time.monotonic() - began
    asked, answered = store.messages(conversation)
    problems = {
        "lost the question": asked.text != QUESTION,
        "lost the answer": answered.answer is None or answered.answer.sentences != last.sentences,
        "late": seconds > settings.total_s + GRACE_S,
        "too many attempts": len(tries) > _MOST_ATTEMPTS,
        "no built-in answer": not last.citations
        or (fault != CONTROL and "This is the built-in answer." not in last.notice),
    }
    return FaultRun(fault, seconds, len(tries), ", ".join(what for what, wrong in problems.items() if wrong))


def _counting(voice: Voice | None) -> tuple[Voice | None, list[int]]:
    """Return a voice that notes each request to its model."""
    tries: list[int] = []
    if voice is None:
        return None, tries
    chat = voice.model.chat
    spoken = type(chat)

    class Counting(spoken):  # type: ignore[misc, valid-type]
        def _stream(self, *arguments: object, **options: object) -> object:
            tries.append(1)
            return super()._stream(*arguments, **options)

    counted = ChatModel(voice.model.name, Counting(**chat.model_dump()), voice.model.translate)
    return replace(voice, model=counted), tries


def main() -> int:
    """Run the drill and print a line per fault; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=50)
    arguments = parser.parse_args()
    settings = ModelSettings(first_token_s=1.0, total_s=3.0)
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(Path(folder))
        runs = drill(open_tutor(), store, (*FAULTS, CONTROL), arguments.times, settings)
        store.close()
    for fault in (*FAULTS, CONTROL):
        mine = [run for run in runs if run.fault == fault]
        bad = [run.problem for run in mine if run.problem]
        print(
            f"{fault:20} {len(mine):4} runs, {len(bad)} bad, at most {max(run.attempts for run in mine)} attempts,"
            f" slowest {max(run.seconds for run in mine):.1f} s{': ' + bad[0] if bad else ''}"
        )
    bad_runs = sum(bool(run.problem) for run in runs)
    print(f"{len(runs)} runs, {bad_runs} bad (deadline {settings.total_s:g} s + {GRACE_S:g} s)")
    return 1 if bad_runs else 0


if __name__ == "__main__":
    sys.exit(main())
