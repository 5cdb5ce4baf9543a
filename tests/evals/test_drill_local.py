from __future__ import annotations

from pathlib import Path

from app.llm.scripted import open_model
from app.llm.settings import ModelSettings
from app.tutor.tutor import open_tutor
from evals.drill_local import Asked, chosen, questions, record
from evals.recordings import VARIANTS, read_recordings
from ingest.settings import LibrarySettings

ASKED = [
    Asked("a1", "Does Random Cut Forest need labels?", (("no labels",),)),
    Asked("a2", "What is k-means for?", (("cluster",),)),
]


def test_the_choice_of_questions_is_the_same_every_time() -> None:
    everything = questions()
    first = chosen(everything, 60)
    assert first == chosen(list(reversed(everything)), 60)
    assert sum(not asked.key_facts for asked in first) == 15


def test_answers_are_recorded_with_their_passages_and_a_killed_drill_goes_on(
    library: LibrarySettings, tmp_path: Path
) -> None:
    out, tutor = tmp_path / "said.jsonl", open_tutor(library)
    record(tutor, open_model("say=It needs no labels. [1]", ModelSettings()), ASKED[:1], out)
    with out.open("a") as file:
        file.write('{"id": "a2", "question": "cut by a k')
    record(tutor, open_model("say=Another time.", ModelSettings()), ASKED, out)
    first, second = read_recordings(out)
    assert [first.id, second.id] == ["a1", "a2"]
    assert {first.said[variant].raw for variant in VARIANTS} == {"It needs no labels. [1]"}
    assert "Random Cut Forest" in " ".join(source.heading for source in first.sources)
    for source in first.sources:
        assert all(source.text[unit.start : unit.end].strip() for unit in source.units)


def test_what_came_before_a_failure_is_kept(library: LibrarySettings, tmp_path: Path) -> None:
    record(open_tutor(library), open_model("cut-mid-token", ModelSettings()), ASKED[:1], tmp_path / "said.jsonl")
    (found,) = read_recordings(tmp_path / "said.jsonl")
    assert found.said["plain"].raw
    assert found.said["plain"].error
