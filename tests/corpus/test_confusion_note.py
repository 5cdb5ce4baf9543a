from __future__ import annotations

import pytest

from app.quiz.rules import choice_rules
from corpus.clause import is_clause
from corpus.confusion_note import confusion_note
from corpus.item import quote_span
from corpus.pack import find_pack, load_pack


def test_every_confusion_is_a_note_whose_choices_are_rules_with_verbatim_proofs() -> None:
    pack = load_pack(find_pack("mls_c01"))
    notes = {note.id: note for note in pack.notes}
    for confusion in pack.confusions:
        note = confusion_note(confusion, notes)
        assert note is not None
        for rule in (rule for rule in choice_rules(note) if rule.asks):
            assert quote_span(note.text, rule.proof.quote) is not None
            assert rule.choose in {side.name for side in confusion.sides}
            assert rule.need in {constraint.when for constraint in confusion.constraints}


@pytest.mark.parametrize("phrase", ["two versions must be compared", "nobody has labels", "an endpoint fails"])
def test_a_clause_has_a_verb_of_its_own(phrase: str) -> None:
    assert is_clause(phrase)


@pytest.mark.parametrize("phrase", ["ad hoc SQL without a cluster", "calls per hour", "a job that runs for hours"])
def test_a_noun_with_a_clause_after_it_is_no_clause(phrase: str) -> None:
    assert not is_clause(phrase)
