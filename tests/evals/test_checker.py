from __future__ import annotations

from collections import Counter
from random import Random

from app.tutor.ground import Ground
from app.tutor.trees import shipped_model
from app.tutor.types import Verdict
from corpus.pack import find_pack, load_pack
from evals.checker_domain import claims, domain_figures, domain_sentences, notes_by_id, sources_of
from evals.faults import TESTING, TRAINING, Context, plant
from ingest.words import words


def test_the_own_sentences_are_many_balanced_and_half_frozen() -> None:
    cases = domain_sentences()
    assert len(cases) >= 600
    frozen = [case for case in cases if case.split == "frozen"]
    assert 0.4 <= len(frozen) / len(cases) <= 0.6
    assert 0.4 <= sum(case.supported for case in cases) / len(cases) <= 0.6
    kinds = Counter(case.kind for case in frozen)
    assert set(kinds) == {"paraphrase", "composition", "subtle", "gross", "direction", "wrong_service"}
    assert all(case.supported == (case.kind in ("paraphrase", "composition")) for case in cases)


def test_the_own_sentences_are_about_notes_of_every_folder_and_share_none_between_the_splits() -> None:
    notes = {note.id: note.path.parent.name for note in load_pack(find_pack("mls_c01")).notes}
    cases = domain_sentences()
    assert {notes[name] for case in cases for name in case.notes} == set(notes.values())
    led = {split: {case.notes[0] for case in cases if case.split == split} for split in ("dev", "frozen")}
    assert not led["dev"] & led["frozen"]


def test_the_claims_to_learn_from_are_many_balanced_and_no_copies_of_frozen_sentences() -> None:
    assert len(claims()) > 15_000
    assert 0.45 <= sum(case.supported for case in claims()) / len(claims()) <= 0.55
    assert {case.notes[0] for case in claims()} <= set(notes_by_id())
    frozen = [(frozenset(words(case.sentence)), set(case.notes)) for case in domain_sentences("frozen")]
    for case in claims():
        said = frozenset(words(case.sentence))
        assert not any(len(said & w) >= 0.8 * len(said | w) for w, notes in frozen if case.notes[0] in notes), case


def test_most_sentences_about_our_notes_are_judged_rightly() -> None:
    figures = domain_figures("dev", "strict")
    assert figures["balanced_accuracy"] >= 0.78


def test_a_thing_is_not_the_opposite_of_what_its_note_says_it_is() -> None:
    ground = Ground(sources_of([notes_by_id()["random-cut-forest"]]))
    check = ground.check("Random Cut Forest is a supervised algorithm.")
    assert (check.verdict, check.fault) == (Verdict.CONTRADICTED, "opposite")
    assert check.reason == "The sentence says supervised; the passage says unsupervised."
    assert ground.check("Random Cut Forest is an unsupervised algorithm.").verdict is Verdict.SUPPORTED


def test_a_heading_is_no_sentence_to_plant_a_fault_in() -> None:
    context = Context("Here are 5 steps.", ["Rome"])
    assert plant(TESTING, "Here are the 5 steps:", context, Random(1)) == {}
    assert plant(TRAINING, "Here are 5 steps.", context, Random(1))


def test_the_shipped_checker_says_what_it_was_fitted_to() -> None:
    about = shipped_model().about
    assert len(about["data_sha256"]) == 64
    assert about["parity"] < 1e-3
    assert 0 < shipped_model().thresholds["balanced"] <= shipped_model().thresholds["strict"] < 1
