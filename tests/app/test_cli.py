from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from ingest.settings import LibrarySettings

ROOT = Path(__file__).resolve().parents[2]


def tutor(
    *arguments: str, library: LibrarySettings | None = None, cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "NO_COLOR": "1", "COLUMNS": "100"}
    if library is not None:
        env |= {"TUTOR_HOME": str(library.home), "TUTOR_PACK": library.pack}
    return subprocess.run(
        [sys.executable, "-m", "app.cli", *arguments], capture_output=True, text=True, env=env, cwd=cwd, check=False
    )


def test_help_is_fast() -> None:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert tutor("--help").returncode == 0
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 1.0


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys, app.cli; bad = {'torch', 'chromadb', 'streamlit', 'langchain_core', 'numpy', 'sqlalchemy'} & set(sys.modules);"
        "print(sorted(bad))"
    )
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
    )


def test_ask_prints_answer_and_sources(library: LibrarySettings, tmp_path: Path) -> None:
    run = tutor("ask", "Does Random Cut Forest need labels?", library=library, cwd=tmp_path)
    assert run.returncode == 0
    assert "no labels" in run.stdout
    assert "notes/algorithms/random-cut-forest.md" in run.stdout.replace("\n", "")


def test_a_batch_answers_every_line_and_says_which_are_bad(library: LibrarySettings, tmp_path: Path) -> None:
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    history = [{"role": "user", "text": "What is Random Cut Forest?"}]
    lines = [
        json.dumps({"id": 1, "question": "What is SMOTE?"}),
        "not json",
        json.dumps({"id": "x"}),
        json.dumps({"id": 2, "question": "and which instance types?", "history": history}),
        json.dumps({"id": 3, "question": "Who won the world cup?"}),
        json.dumps([1]),
        json.dumps({"id": 4, "question": "hi", "history": "wrong"}),
    ]
    source.write_text("\n".join(lines))
    assert tutor("ask", "--batch", str(source), "--out", str(target), library=library).returncode == 0
    out = [json.loads(line) for line in target.read_text().splitlines()]
    assert [row["id"] for row in out] == [1, None, "x", 2, 3, None, 4]
    assert ["error" in row for row in out] == [False, True, True, False, False, True, True]
    assert out[0]["citations"][0]["quote"]
    assert set(out[0]["citations"][0]) == {"n", "document", "path", "heading", "quote", "start", "end", "url"}
    assert out[4]["refused"] is True


def test_search_and_check_in_batches(library: LibrarySettings, tmp_path: Path) -> None:
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text(json.dumps({"id": 1, "question": "labels for anomalies"}))
    assert tutor("search", "--batch", str(source), "--out", str(target), library=library).returncode == 0
    passage = json.loads(target.read_text())["passages"][0]
    assert passage["text"]
    passages = ["Kinesis keeps records for 24 hours.", {"id": "p2", "text": "Records are ordered."}]
    source.write_text(json.dumps({"id": 1, "answer": "Kinesis keeps records for 7 days.", "passages": passages}))
    assert tutor("check", "--batch", str(source), "--out", str(target), library=library).returncode == 0
    checked = json.loads(target.read_text())
    assert checked["verdict"] == "contradicted"
    assert checked["score"] >= 0.43  # from here an answer counts as its worst sentence does
    assert "24 hours" in checked["sentences"][0]["reason"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("ask", "what?"), "tutor ingest"),
        (("ask",), "Give a question"),
        (("ask", "--batch", "/no/such/file"), "tutor"),
        (("ingest", "/no/such/folder"), "does not exist"),
        (("pack", "check", "nothing"), "no exam pack"),
        (("eval", "answers", "--split", "odd"), "choose dev"),
    ],
)
def test_an_error_is_one_sentence_and_a_non_zero_exit(arguments: tuple[str, ...], says: str) -> None:
    run = tutor(*arguments)
    assert run.returncode != 0
    assert says in run.stderr
    assert "Traceback" not in run.stderr + run.stdout


def test_doctor_says_what_to_mend(library: LibrarySettings) -> None:
    assert tutor("doctor", library=library).returncode == 0
    broken = tutor("doctor", "--json")
    assert broken.returncode == 1
    parts = {item["part"]: item for item in json.loads(broken.stdout)}
    assert parts["Python"]["ok"]
    assert "tutor ingest" in parts["Index"]["detail"]


def test_doctor_says_whether_the_model_is_set_up(library: LibrarySettings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUTOR_MODEL", "openai:qwen3-8b")
    found = tutor("doctor", "--json", library=library)
    parts = {item["part"]: item for item in json.loads(found.stdout)}
    assert not parts["Model"]["ok"]
    assert "TUTOR_OPENAI_BASE_URL" in parts["Model"]["detail"]
    monkeypatch.setenv("TUTOR_OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    assert "openai:qwen3-8b is set up" in tutor("doctor", library=library).stdout


def test_the_command_reference_is_current() -> None:
    script = ROOT / "scripts" / "cli_docs.py"
    assert subprocess.run([sys.executable, str(script), "--check"], check=False).returncode == 0


def test_a_model_file_is_added_listed_and_removed(tmp_path: Path) -> None:
    (tmp_path / "Tiny.gguf").write_bytes(b"GGUF" + bytes(1000))
    settings = LibrarySettings(home=tmp_path / "home", pack="mls_c01")
    assert "verified" in tutor("model", "add", str(tmp_path / "Tiny.gguf"), library=settings).stdout
    listed = json.loads(tutor("model", "list", "--json", library=settings).stdout)
    assert "local:tiny" in listed["offered"]
    assert [model["name"] for model in listed["local"]] == ["tiny"]
    assert "Removed tiny." in tutor("model", "remove", "tiny", library=settings).stdout
    assert tutor("model", "remove", "tiny", library=settings).returncode == 1
    assert "neither a GGUF file nor one of" in tutor("model", "add", "nothing", library=settings).stderr


def test_ask_says_which_model_spoke_and_what_was_wrong(library: LibrarySettings) -> None:
    run = tutor("ask", "Does Random Cut Forest need labels?", "--model", "scripted:empty", library=library)
    assert run.returncode == 0
    assert "This is the built-in answer." in " ".join(run.stdout.split())
    said = tutor("ask", "hi", "--model", "nonsense", library=library)
    assert said.returncode == 1
    assert "names no model" in said.stderr
