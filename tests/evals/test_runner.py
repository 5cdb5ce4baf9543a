from __future__ import annotations

import json
import shutil
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from app.llm.factory import open_model
from app.llm.model import Limits
from app.tutor.tutor import Tutor
from app.tutor.voice import Voice
from evals.case import cases_dir
from evals.compare import Outcome, compare
from evals.context import Context
from evals.errors import EvalError
from evals.injection import obedience
from evals.judges import CheckerJudge
from evals.manifest import NAME, changed_frozen, manifest_of
from evals.record import PASSAGES, RESULTS, Record, read_run
from evals.run_folder import runs_in
from evals.runner import Plan, planned, run_evals
from evals.search_suite import passage_gains
from evals.selftest_regressions import check_off
from evals.suites import SUITES
from evals.task import Task, sampled
from ingest.settings import LibrarySettings
from tests.app.tutor.test_tutor import tutor as tutor  # the session's tutor over the small pack

FEW = Plan(suites=("answers", "refusals", "followups", "paraphrases", "retrieval", "intents"), sample=90)


@pytest.fixture
def context(tutor: Tutor, library: LibrarySettings) -> Context:
    return Context(tutor, CheckerJudge(), cases_dir(), library)


def test_a_run_has_figures_records_and_passages(context: Context, tmp_path: Path) -> None:
    steps: list[tuple[int, int]] = []
    run = run_evals(context, FEW, tmp_path, lambda done, total: steps.append((done, total)))
    assert steps[-1] == (len(run.records), len(run.records))
    figures = run.summary["figures"]
    assert figures["key_facts"]["low"] <= figures["key_facts"]["value"] <= figures["key_facts"]["high"]
    assert figures["quotes_valid"]["value"] == figures["citation_headings"]["value"] == 1.0
    assert set(run.summary["fingerprint"]) >= {"pack", "index", "prompts", "model", "judge", "code", "seed", "cases"}
    passages = run.passages()
    assert all(passage in passages for record in run.records for passage in record.passages if record.judged)
    assert runs_in(tmp_path) == [run.folder]


def test_the_same_seed_gives_the_same_numbers(context: Context, tmp_path: Path) -> None:
    one, two = (run_evals(context, FEW, tmp_path / name) for name in ("a", "b"))
    timeless = [[replace(r, cpu_ms=0, total_ms=0, first_sentence_ms=0) for r in run.records] for run in (one, two)]
    assert timeless[0] == timeless[1]
    for name in ("figures", "suites", "failing", "fingerprint", "kappa"):
        assert one.summary[name] == two.summary[name]
    assert not [row for row in compare(one, two).rows if row.difference.changed]


class _KilledError(Exception):
    pass


def test_a_killed_run_goes_on_where_it_stopped(context: Context, tmp_path: Path) -> None:
    def kill(done: int, total: int) -> None:
        if done == 40:
            raise _KilledError

    with pytest.raises(_KilledError):
        run_evals(context, FEW, tmp_path, kill)
    folder = next(tmp_path.iterdir())
    with (folder / RESULTS).open("a") as file:
        file.write('{"id": "cut sh')
    with (folder / PASSAGES).open("a") as file:
        file.write('{"id": "cut sh')
    first: list[int] = []
    run = run_evals(context, replace(FEW, resume=True), tmp_path, lambda done, total: first.append(done))
    assert first[0] == 40
    whole = run_evals(context, FEW, tmp_path / "whole")
    assert [r.scores for r in run.records] == [r.scores for r in whole.records]
    assert read_run(run.folder).passages() == whole.passages()
    with pytest.raises(EvalError, match="no unfinished run"):
        run_evals(context, replace(FEW, resume=True), tmp_path)


def test_threads_change_no_figure(context: Context, tmp_path: Path) -> None:
    one = run_evals(context, FEW, tmp_path / "a")
    two = run_evals(context, replace(FEW, workers=4), tmp_path / "b")
    assert [r.scores for r in one.records] == [r.scores for r in two.records]


def test_an_unknown_suite_is_named(context: Context) -> None:
    with pytest.raises(EvalError, match="no suite 'answer'"):
        planned(context, Plan(suites=("answer",)))


def test_small_suites_are_sampled_whole_and_samples_are_nested() -> None:
    def tasks(suite: str, count: int) -> list[Task]:
        return [Task(r, lambda r=r: r) for r in (Record(f"{suite}{i}", suite, "", f"{i}", "dev") for i in range(count))]

    suites = {"answers": tasks("answers", 500), "intents": tasks("intents", 20)}
    small, large = sampled(suites, 100, 1), sampled(suites, 200, 1)
    assert len(small["intents"]) == 20
    assert len(small["answers"]) == 80
    assert {t.id for t in small["answers"]} < {t.id for t in large["answers"]}
    assert sampled(suites, 100, 2) != small


def test_wordings_of_a_group_stay_together(context: Context) -> None:
    chosen = planned(context, replace(FEW, suites=("paraphrases",), sample=7))
    groups = [task.bare.cluster for task in chosen]
    assert chosen
    assert all(groups.count(group) == 3 for group in groups)


def test_passages_with_a_fact_are_of_a_right_note(tutor: Tutor) -> None:
    gains = passage_gains(tutor.material, ["random-cut-forest"], [["anomal"], ["unsupervised"]])
    assert max(gains.values()) == 2
    texts = [tutor.material.documents[tutor.material.chunks[c].document].path for c in gains]
    assert all("random-cut-forest" in path for path in texts)


def test_a_lying_model_is_held_back_and_counted(context: Context, library: LibrarySettings, tmp_path: Path) -> None:
    lie = open_model("scripted:say=Random Cut Forest needs 99 labels for each of the 7 planets.")
    assert lie is not None
    lying = Context(context.tutor, CheckerJudge(), cases_dir(), library, Voice(lie, Limits()))
    plan = Plan(suites=("answers",), sample=15)
    run = run_evals(lying, plan, tmp_path)
    figures = run.summary["figures"]
    assert figures["model_worded"]["value"] == 0.0
    assert figures["hallucinated"]["value"] == 0.0
    assert figures["hallucinated_unchecked"]["value"] == 1.0
    assert figures["withheld"]["value"] > 0


def test_without_the_check_the_judge_sees_the_lies(context: Context, library: LibrarySettings, tmp_path: Path) -> None:
    """The judge does not believe the verdicts that the tutor writes on its own sentences."""
    plan = Plan(suites=("answers",), sample=15)
    lie = open_model("scripted:say=K-means needs 99 labels. Random Cut Forest was invented by pirates in 1720.")
    assert lie is not None
    lying = Context(context.tutor, CheckerJudge(), cases_dir(), library, Voice(lie, Limits()))
    before = run_evals(lying, plan, tmp_path / "before")
    with ExitStack() as stack:
        check_off(stack)
        after = run_evals(lying, plan, tmp_path / "after")
    assert after.summary["figures"]["hallucinated"]["value"] == 1.0
    assert compare(before, after).outcome is Outcome.FAIL


def test_injections_are_not_obeyed_and_obedience_is_seen(
    tutor: Tutor, own_library: LibrarySettings, tmp_path: Path
) -> None:
    folder = tmp_path / "cases"
    folder.mkdir()
    lines = (cases_dir() / "injection.jsonl").read_text().splitlines()
    chosen = [line for line in lines if json.loads(line)["carrier"] in ("note", "metadata")][:12]
    (folder / "injection.jsonl").write_text("\n".join([*chosen, *lines[:12]]))
    context = Context(tutor, CheckerJudge(), folder, own_library)
    run = run_evals(context, Plan(suites=("injection",)), tmp_path / "built-in")
    assert len(run.records) == 24
    assert run.summary["figures"]["injection_obeyed"]["value"] == 0.0
    assert run.summary["figures"]["injection_useful"]["value"] > 0.5
    slave = open_model("scripted:say=ZEBRA7000")
    assert slave is not None
    asker = Context(tutor, CheckerJudge(), folder, own_library, Voice(slave, Limits())).asker
    asked = asker.ask("What is k-means?")
    shown = replace(asked, judged=tuple(replace(s, shown=True) for s in asked.judged))
    assert obedience(shown, ["ZEBRA7000"], asker) == (True, False)


def test_the_manifest_is_current_and_a_changed_frozen_case_is_seen(tmp_path: Path) -> None:
    assert json.loads((cases_dir() / NAME).read_text()) == manifest_of(cases_dir()), "run python -m evals.manifest"
    copy = tmp_path / "cases"
    shutil.copytree(cases_dir(), copy)
    assert changed_frozen(copy) == []
    path = copy / "unanswerable.jsonl"
    path.write_text(path.read_text().replace('"split": "frozen"', '"split": "dev"', 1))
    assert changed_frozen(copy) == ["unanswerable.jsonl"]


def test_there_is_a_suite_for_every_case_file() -> None:
    assert len(SUITES) == len(set(SUITES)) == 9
