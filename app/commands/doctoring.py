"""``tutor doctor``: what works, what does not, and how to mend it."""

from __future__ import annotations

import json
import platform
from collections.abc import Callable
from dataclasses import asdict, dataclass

from app.learner.store import open_store
from corpus.errors import TutorError
from corpus.pack import find_pack, load_pack
from ingest.embedder import SHIPPED
from ingest.index import Index
from ingest.library import Library
from ingest.minilm import verify_shipped_weights
from ingest.settings import LibrarySettings


@dataclass(frozen=True)
class Finding:
    """One part and its state; ``detail`` says what is there, or what to do."""

    part: str
    ok: bool
    detail: str


def run_doctor(as_json: bool) -> int:
    """Print the findings; return 0 if all is well, else 1."""
    settings = LibrarySettings()
    checks: list[tuple[str, Callable[[LibrarySettings], str]]] = [
        ("Python", _python),
        ("Exam pack", _pack),
        ("Embedding weights", _weights),
        ("Library", _library),
        ("Index", _index),
        ("Learner records", _records),
        ("Model", _model),
        ("Local models", _local_models),
    ]
    findings = [_examine(part, check, settings) for part, check in checks]
    if as_json:
        print(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False))
    else:
        for finding in findings:
            print(f"{'ok  ' if finding.ok else 'MEND'}  {finding.part}: {finding.detail}")
    return 0 if all(finding.ok for finding in findings) else 1


def _examine(part: str, check: Callable[[LibrarySettings], str], settings: LibrarySettings) -> Finding:
    try:
        return Finding(part, True, check(settings))
    except (TutorError, OSError) as error:
        return Finding(part, False, str(error))


def _python(settings: LibrarySettings) -> str:
    return platform.python_version()


def _pack(settings: LibrarySettings) -> str:
    pack = load_pack(find_pack(settings.pack))
    return f"{pack.exam.code}, {len(pack.notes)} notes in {pack.path}"


def _weights(settings: LibrarySettings) -> str:
    if settings.embedder != SHIPPED:
        return settings.embedder
    verify_shipped_weights()
    return "all-MiniLM-L6-v2, SHA-256 as published"


def _library(settings: LibrarySettings) -> str:
    if not settings.library_path.is_file():
        raise TutorError("not there yet; run tutor ingest.")
    Library(settings.library_path).create()
    return str(settings.library_path)


def _index(settings: LibrarySettings) -> str:
    index = Index(settings.index_dir)
    generation = index.current()
    if generation is None:
        raise TutorError("not there yet; run tutor ingest.")
    index.open(generation)
    return f"{generation.chunks} passages, generation {generation.name}"


def _records(settings: LibrarySettings) -> str:
    from app.ui.settings import UiSettings

    store = open_store(settings.home, UiSettings().database_url)
    learners = len(store.learners())
    store.close()
    return f"{learners} learners"


def _model(settings: LibrarySettings) -> str:
    """Say whether the configured model can be opened; nothing is sent to it."""
    from app.llm.factory import open_model
    from app.llm.settings import BUILT_IN, ModelSettings

    models = ModelSettings()
    model = open_model(models.model, models)
    return f"{BUILT_IN}: quotes the material, needs nothing" if model is None else f"{model.name} is set up"


def _local_models(settings: LibrarySettings) -> str:
    from app.llm.errors import ModelSettingError
    from app.llm.shelf import added_models, is_damaged

    added = added_models(settings.home)
    for model in added:
        if is_damaged(model, settings.home):
            raise ModelSettingError(f"{model.name} is damaged; run tutor model remove {model.name} and add it again.")
    return ", ".join(f"{model.name}, SHA-256 as added" for model in added) or "none added"
