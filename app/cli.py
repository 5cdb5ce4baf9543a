"""The command ``tutor``. Heavy modules are imported by the command that needs them, so help is fast."""

from __future__ import annotations

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from corpus.errors import TutorError

app = typer.Typer(
    name="tutor",
    help="A tutor for hard exams: it answers only from the study material, with every sentence checked and cited.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
pack_app = typer.Typer(help="Exam packs: check them.", no_args_is_help=True)
eval_app = typer.Typer(help="Measure the tutor.", no_args_is_help=True)
items_app = typer.Typer(help="Exam questions: audit and export them.", no_args_is_help=True)
quiz_app = typer.Typer(help="Questions to practise: take a quiz, write new ones.", no_args_is_help=True)
model_app = typer.Typer(help="Chat models: list them, add or remove local ones.", no_args_is_help=True)
app.add_typer(quiz_app, name="quiz")
app.add_typer(model_app, name="model")
app.add_typer(pack_app, name="pack")
app.add_typer(items_app, name="items")
app.add_typer(eval_app, name="eval")


class ExportFormat(StrEnum):
    """What questions can be exported to."""

    ANKI = "anki"
    QTI = "qti"
    CSV = "csv"
    JSON = "json"


Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Batch = Annotated[Path | None, typer.Option(help="A JSONL file with one request a line.")]
Model = Annotated[
    str | None, typer.Option(help="Who words the answers, such as bedrock:<id> or local:<name>; see tutor model list.")
]
Out = Annotated[Path | None, typer.Option(help="Where the JSONL answers go; standard output if not given.")]


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port; the next free one is taken if it is busy.", min=1, max=65535)] = 8501,
    model: Model = None,
    as_json: Json = False,
) -> None:
    """Open the study pages in the browser (http://127.0.0.1:8501)."""
    from app.ui.serve import free_port
    from app.ui.serve import serve as run

    taken = free_port(host, port)
    if as_json:
        _print_json({"host": host, "port": taken, "url": f"http://{host}:{taken}"})
    else:
        if taken != port:
            print(f"Port {port} is busy; taking {taken}.")
        print(f"Exam tutor: http://{host}:{taken}  (Ctrl+C ends it)")
    sys.stdout.flush()
    run(host, taken, model)


@app.command()
def ask(
    question: Annotated[str | None, typer.Argument(help="The question.")] = None,
    batch: Batch = None,
    out: Out = None,
    model: Model = None,
    as_json: Json = False,
) -> None:
    """Answer a question from the study material, or a batch of them."""
    from app.commands import answering

    if batch is not None:
        answering.ask_batch(batch, out, model)
        return
    answering.ask_once(_given(question, "a question"), model, as_json)


@app.command()
def search(
    query: Annotated[str | None, typer.Argument(help="What to look for.")] = None,
    k: Annotated[int, typer.Option("-k", help="How many passages.", min=1, max=100)] = 5,
    batch: Batch = None,
    out: Out = None,
    as_json: Json = False,
) -> None:
    """Find passages of the study material."""
    from app.commands import answering

    if batch is not None:
        answering.search_batch(batch, out, k)
        return
    answering.search_once(_given(query, "something to look for"), k, as_json)


@app.command()
def check(
    batch: Annotated[Path, typer.Option(help="JSONL lines {id, answer, passages}.")],
    out: Out = None,
    judge: Annotated[str | None, typer.Option(help="A chat model to ask where the checker is in doubt.")] = None,
    as_json: Json = False,
) -> None:
    """Check answers, sentence by sentence, against the passages given with them."""
    from app.commands.checking import check_batch

    check_batch(batch, out, judge)


@app.command()
def ingest(
    places: Annotated[list[Path] | None, typer.Argument(help="Folders or files of your own to add.")] = None,
    remove: Annotated[list[Path] | None, typer.Option(help="A place to take out again.")] = None,
    rebuild: Annotated[bool, typer.Option(help="Build the index anew from the library.")] = False,
    list_: Annotated[bool, typer.Option("--list", help="Only list what is in the library.")] = False,
    as_json: Json = False,
) -> None:
    """Bring the library up to date with the exam pack and your own Markdown and text files."""
    from app.commands.ingesting import list_material, run_ingest

    if list_:
        list_material(as_json)
        return
    run_ingest(places or [], remove or [], rebuild, as_json)


@app.command()
def doctor(as_json: Json = False) -> None:
    """Check Python, weights, library, index and records, and say how to mend each."""
    from app.commands.doctoring import run_doctor

    raise typer.Exit(run_doctor(as_json))


@model_app.command("list")
def model_list(as_json: Json = False) -> None:
    """List the chat models that can be chosen, and the local ones that can be added."""
    from app.commands.models import list_models

    list_models(as_json)


@model_app.command("add")
def model_add(
    source: Annotated[str, typer.Argument(help="A name of tutor model list, or a GGUF file.")],
    name: Annotated[str | None, typer.Option(help="What to call a file's model; its file name if not given.")] = None,
    as_json: Json = False,
) -> None:
    """Add a local model: fetched from the model hub or taken from a file, and verified."""
    from app.commands.models import add_model

    add_model(source, name, as_json)


@model_app.command("remove")
def model_remove(
    name: Annotated[str, typer.Argument(help="The model's name.")],
    as_json: Json = False,
) -> None:
    """Delete a local model that was added."""
    from app.commands.models import remove

    remove(name, as_json)


@pack_app.command("check")
def pack_check(
    pack: Annotated[str, typer.Argument(help="A shipped pack's name or a folder.")] = "mls_c01",
    as_json: Json = False,
) -> None:
    """Check an exam pack: format, ids, links, sources, coverage, sentences that do not stand alone."""
    from app.commands.packing import run_pack_check

    raise typer.Exit(run_pack_check(pack, as_json))


@pack_app.command("coverage")
def pack_coverage(
    pack: Annotated[str, typer.Argument(help="A shipped pack's name or a folder.")] = "mls_c01",
    html: Annotated[Path | None, typer.Option(help="Write the map as a page that opens in a browser.")] = None,
    as_json: Json = False,
) -> None:
    """Show which notes and questions cover each objective and each service."""
    from app.commands.coverage import run_pack_coverage

    raise typer.Exit(run_pack_coverage(pack, html, as_json))


@items_app.command("audit")
def items_audit(
    file: Annotated[Path | None, typer.Option(help="A YAML file of items instead of the pack's bank.")] = None,
    pack: Annotated[str, typer.Option(help="A shipped pack's name or a folder.")] = "mls_c01",
    as_json: Json = False,
) -> None:
    """Audit questions: wording flaws, proofs, distractors, copies, key letters, lengths, blind bots."""
    from app.commands.items import run_items_audit

    raise typer.Exit(run_items_audit(pack, file, as_json))


@items_app.command("export")
def items_export(
    out: Annotated[Path, typer.Option(help="Where the file goes.")],
    to: Annotated[ExportFormat, typer.Option("--format", help="anki, qti, csv or json.")],
    file: Annotated[Path | None, typer.Option(help="A YAML file of items instead of the pack's bank.")] = None,
    objective: Annotated[str, typer.Option(help="A domain (3), a task (3.2) or an objective (3.2.1).")] = "",
    pack: Annotated[str, typer.Option(help="A shipped pack's name or a folder.")] = "mls_c01",
    as_json: Json = False,
) -> None:
    """Write questions for other programs: an Anki deck, a QTI 2.1 package, CSV or JSON."""
    from app.commands.items import run_items_export

    raise typer.Exit(run_items_export(pack, file, objective, to.value, out, as_json))


@quiz_app.command("take")
def quiz_take(
    objective: Annotated[str, typer.Option(help="A domain (3), a task (3.2) or an objective (3.2.1).")] = "",
    service: Annotated[str, typer.Option(help="An AWS service by its full name.")] = "",
    confused: Annotated[bool, typer.Option("--confused", help="Drill what you took for something else.")] = False,
    count: Annotated[int, typer.Option("-n", "--count", help="How many questions.", min=1, max=100)] = 10,
    seed: Annotated[int | None, typer.Option(help="The same seed gives the same questions.")] = None,
    learner: Annotated[str | None, typer.Option(help="Who answers; the first learner if not given.")] = None,
) -> None:
    """Take a quiz in the terminal; it goes on where you stopped."""
    from app.commands.quiz_take import Wanted, run_quiz_take

    raise typer.Exit(run_quiz_take(Wanted(objective, service, confused, count, seed), learner))


@quiz_app.command("write")
def quiz_write(
    objective: Annotated[str, typer.Option(help="A domain (3), a task (3.2) or an objective (3.2.1).")] = "",
    count: Annotated[int, typer.Option("-n", "--count", help="How many items.", min=1, max=500)] = 5,
    seed: Annotated[int, typer.Option(help="The same seed writes the same items.")] = 1,
    pack: Annotated[str, typer.Option(help="A shipped pack's name or a folder.")] = "mls_c01",
    model: Annotated[str, typer.Option(help="A chat model as in TUTOR_MODEL; composed from the notes without.")] = "",
    out: Annotated[Path | None, typer.Option(help="A YAML file for the items.")] = None,
    as_json: Json = False,
) -> None:
    """Write questions, composed from the notes or by a chat model, and keep those that pass the audit."""
    from app.commands.quizzing import run_quiz_write, run_quiz_write_by_model

    if model:
        raise typer.Exit(run_quiz_write_by_model(model, objective, count, seed, pack, out, as_json))
    raise typer.Exit(run_quiz_write(objective, count, seed, pack, out, as_json))


Split = Annotated[str, typer.Option(help="dev, frozen or all.")]


@eval_app.command("run")
def eval_run(
    suites: Annotated[list[str] | None, typer.Argument(help="Suites to run; all if none is given.")] = None,
    split: Split = "all",
    model: Annotated[str, typer.Option(help="Who words answers: built-in, or a chat model.")] = "built-in",
    judge: Annotated[str, typer.Option(help="Who judges: checker, or a chat model.")] = "checker",
    baseline: Annotated[str, typer.Option(help="A run, a folder or a shipped baseline to compare with.")] = "",
    sample: Annotated[int | None, typer.Option(help="At most so many cases, small suites whole.", min=1)] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the last unfinished run of this kind.")] = False,
    seed: Annotated[int, typer.Option(help="The same seed gives the same numbers.")] = 1,
    cases: Annotated[Path | None, typer.Option(help="A folder of case files of your own.")] = None,
    note: Annotated[str, typer.Option(help="A remark to find the run by.")] = "",
    input_usd: Annotated[float | None, typer.Option(help="The judge's price of a million input tokens.", min=0)] = None,
    output_usd: Annotated[
        float | None, typer.Option(help="The judge's price of a million output tokens.", min=0)
    ] = None,
    card_data: Annotated[list[Path] | None, typer.Option(help="Labelled answers to test the judge on.")] = None,
    labels: Annotated[Path | None, typer.Option(help="Human verdicts on sentences of the run.")] = None,
    failures: Annotated[bool, typer.Option("--failures", help="List the dev cases that failed.")] = False,
    as_json: Json = False,
) -> None:
    """Measure the tutor; with a baseline exit 0 (no worse), 1 (worse) or 2 (not enough data)."""
    from app.commands.eval_runs import run_eval
    from app.llm.model import Price

    priced = input_usd is not None or output_usd is not None

    code = run_eval(
        suites or [], split=split, model=model, judge=judge, baseline=baseline, sample=sample, resume=resume, seed=seed,
        cases=cases, note=note, judge_price=Price(input_usd or 0.0, output_usd or 0.0) if priced else None, card_data=tuple(card_data or ()), labels=labels,
        failures=failures, as_json=as_json,
    )  # fmt: skip
    raise typer.Exit(code)


@eval_app.command("compare")
def eval_compare(
    baseline: Annotated[str, typer.Argument(help="A run, a folder, last, or a shipped baseline.")],
    candidate: Annotated[str, typer.Argument(help="The same for what is to be judged.")] = "last",
    as_json: Json = False,
) -> None:
    """Compare two runs: exit 0 (no worse), 1 (worse) or 2 (not enough data)."""
    from app.commands.eval_runs import compare_runs

    raise typer.Exit(compare_runs(baseline, candidate, as_json))


@eval_app.command("runs")
def eval_runs(as_json: Json = False) -> None:
    """List the finished runs, the newest first."""
    from app.commands.eval_runs import list_runs

    list_runs(as_json)


@eval_app.command("baseline")
def eval_baseline(
    target: Annotated[Path, typer.Argument(help="The folder to write, to be kept in git.")],
    run: Annotated[str, typer.Option(help="A run, or last.")] = "last",
) -> None:
    """Keep a run as a baseline to compare with."""
    from app.commands.eval_runs import keep_baseline

    keep_baseline(run, target)


@eval_app.command("report")
def eval_report(
    run: Annotated[str, typer.Argument(help="A run, a folder, or last.")] = "last",
    baseline: Annotated[str, typer.Option(help="What to compare with.")] = "",
    out: Annotated[Path | None, typer.Option(help="The file to write; beside the run if not given.")] = None,
    markdown: Annotated[bool, typer.Option("--markdown", help="Markdown for a pull request instead of HTML.")] = False,
    frozen: Annotated[bool, typer.Option("--frozen", help="Show failing frozen cases too.")] = False,
) -> None:
    """Write a run as one HTML page or as Markdown."""
    from app.commands.eval_runs import write_report

    write_report(run, baseline, out, markdown, frozen)


@eval_app.command("ablate")
def eval_ablate(
    axes: Annotated[list[str] | None, typer.Argument(help="mode, weight, topic, k, chunk, check, models.")] = None,
    model: Annotated[list[str] | None, typer.Option(help="Chat models to put beside the built-in answers.")] = None,
    sample: Annotated[int | None, typer.Option(help="At most so many cases.", min=1)] = None,
    split: Split = "all",
    as_json: Json = False,
) -> None:
    """Change one setting at a time: a table of figures with the difference to the default."""
    from app.commands.eval_runs import run_ablations

    run_ablations(axes or [], model or [], sample, split, as_json)


@eval_app.command("answers")
def eval_answers(
    split: Annotated[str, typer.Option(help="dev, frozen or all.")] = "dev",
    failures: Annotated[bool, typer.Option(help="List the dev cases that failed.")] = False,
    as_json: Json = False,
) -> None:
    """Ask all cases: key facts, refusals, verbatim quotes, time."""
    from app.commands.evaluating import run_eval_answers

    run_eval_answers(split, failures, as_json)


@eval_app.command("retrieval")
def eval_retrieval(
    split: Annotated[str, typer.Option(help="dev, frozen or all.")] = "dev", as_json: Json = False
) -> None:
    """Compare dense, word and fused search on the cases."""
    from app.commands.evaluating import run_eval_retrieval

    run_eval_retrieval(split, as_json)


def _given(value: str | None, what: str) -> str:
    if value is None or not value.strip():
        raise TutorError(f"Give {what}, or --batch FILE; see tutor --help.")
    return value


def _print_json(data: Any) -> None:
    print(json.dumps(data, ensure_ascii=False))


def main() -> NoReturn:
    """Run the command; an error is one sentence on standard error and a non-zero exit code."""
    try:
        app()
    except TutorError as error:
        print(f"tutor: {error}", file=sys.stderr)
        sys.exit(1)
    except BrokenPipeError:
        sys.exit(1)
    sys.exit(0)


if __name__ == "__main__":
    main()
