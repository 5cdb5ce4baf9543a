from __future__ import annotations

import math
import random
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from app.quiz.audit import audit_item
from app.quiz.bank import bank_flaws, same_concept, share_extreme
from app.quiz.choices import Choices
from app.quiz.compose import Composer
from app.quiz.pick import Scope, nearest_with_items, pick
from app.quiz.proof import Material
from app.quiz.request import quiz_request
from app.quiz.rules import choice_rules, is_need, name_key
from app.quiz.writer import keep_sound
from corpus.item import Item, read_bank
from corpus.note import parse_note
from corpus.pack import find_pack, load_pack

NOTE = """---
id: stores
title: Stores
objectives: ["1.1.2"]
as_of: 2026-01-01
sources: [https://example.org/a]
---
A store keeps data.

## When
- Choose Amazon S3 for raw files of any size.
- Choose Amazon EFS instead of Amazon S3 when many machines share files, because EFS mounts.
- Choose Amazon S3 or Amazon EFS when nothing else is known.
- Choose a store.

## Table
| Storage | Kind | Choose the storage when |
|---|---|---|
| Amazon EBS | block | one disk for one instance is needed |
"""


@pytest.fixture(scope="session")
def material() -> Material:
    return Material.of(load_pack(find_pack("mls_c01")))


@pytest.fixture(scope="session")
def composer(material: Material) -> Composer:
    return Composer(material)


def test_rules_are_read_from_bullets_and_tables_with_their_verbatim_proof() -> None:
    note = parse_note(NOTE, Path("stores.md"))
    rules = [rule for rule in choice_rules(note) if " or " not in rule.choose]
    assert [(rule.choose, rule.instead, rule.need) for rule in rules] == [
        ("Amazon S3", "", "raw files of any size"),
        ("Amazon EFS", "Amazon S3", "many machines share files"),
        ("Amazon EBS", "", "one disk for one instance is needed"),
    ]
    assert all(rule.proof.quote in note.text for rule in rules)


def test_a_need_does_not_name_what_is_to_be_chosen() -> None:
    assert not is_need("the team already runs Kafka well", ("Kafka",))
    assert is_need("the team already runs brokers well", ("Kafka",))


def test_a_list_of_purposes_that_was_cut_is_no_need() -> None:
    assert not is_need("training that writes checkpoints, for batch processing", ())
    assert is_need("short work on each event, for example an upload", ())


def test_composed_items_of_each_domain_pass_the_audit_and_differ(material: Material, composer: Composer) -> None:
    for domain in "1234":
        written = keep_sound(composer.compose(domain, 1), 30, material)
        assert len(written.items) == 30
        assert written.pass_rate > 0.5
        assert all(not audit_item(item, material).flaws for item in written.items)
        assert all(item.domain == domain and item.author == "composed" for item in written.items)
        facts = [proof.quote for item in written.items for option in item.key for proof in option.proof]
        assert len(facts) == len(set(facts))


def test_lengths_of_options_do_not_tell_the_keys_and_no_set_is_asked_over_and_over(
    material: Material, composer: Composer
) -> None:
    for domain in "134":
        items = keep_sound(composer.compose(domain, 5), 20, material).items
        chance = sum(1 / math.comb(len(item.options), len(item.key)) for item in items)
        for sign in (1, -1):
            assert abs(sum(share_extreme(item, sign) for item in items) - chance) < 2.5
        sets = [frozenset(option.text for option in item.options) for item in items]
        assert max(sum(len(options & others) >= 3 for others in sets) for options in sets) <= 4


def test_members_of_a_set_take_turns_as_the_key(material: Material, composer: Composer) -> None:
    among = next(among for among in material.choices if among.id == "imputation")
    texts = {name.casefold() for name in among.names()}
    asked = Counter(
        key.text
        for item in composer.compose("2.1", 2)
        if {option.text.casefold() for option in item.options} <= texts
        for key in item.key
    )
    assert len(asked) >= 2


def test_the_same_seed_composes_the_same_items_and_another_one_others(composer: Composer) -> None:
    def stems(seed: int) -> list[str]:
        return [item.stem for _, item in zip(range(10), composer.compose("3", seed), strict=False)]

    assert stems(1) == stems(1)
    assert stems(1) != stems(2)


def test_the_gate_drops_flawed_items_and_copies_and_counts_them(material: Material, composer: Composer) -> None:
    sound = keep_sound(composer.compose("3.2", 1), 3, material).items
    first = sound[0]
    broken = first.model_copy(update={"stem": f"{first.stem} Which of these algorithms is not the best choice?"})
    written = keep_sound([broken, first, first, *sound[1:]], 3, material)
    assert set(written.items) == set(sound)
    assert written.rejected == {"negative_stem": 1, "near_duplicate": 1}
    assert written.tried == 5


def test_what_was_seen_is_not_asked_again(material: Material, composer: Composer) -> None:
    seen = keep_sound(composer.compose("3.2", 1), 5, material).items
    again = keep_sound(composer.compose("3.2", 1), 5, material, seen=seen).items
    assert not {item.id for item in seen} & {item.id for item in again}


def _pick(scope: Scope, count: int, material: Material, composer: Composer, **more: object) -> tuple[Item, ...]:
    bank = more.pop("bank", ())
    return pick(scope, count, 7, bank=bank, material=material, composer=composer, **more)  # type: ignore[arg-type]


def test_a_quiz_stays_in_its_scope(material: Material, composer: Composer) -> None:
    assert all(i.objective.startswith("3.2.") for i in _pick(Scope(objective="3.2"), 8, material, composer))
    assert all(
        "Amazon SageMaker" in i.services for i in _pick(Scope(service="Amazon SageMaker"), 8, material, composer)
    )
    confused = _pick(Scope(confusions=True), 5, material, composer)
    assert confused
    assert all(any(o.confusion for o in i.options) for i in confused)
    topic = _pick(Scope(notes=frozenset({"amazon-comprehend"})), 3, material, composer)
    assert topic
    about = {"amazon-comprehend", *(note for note in material.notes if "comprehend" in note)}
    assert all({p.note for o in i.key for p in o.proof} & about for i in topic)


@pytest.mark.parametrize("note", ["outliers", "auto-scaling-groups"])
def test_a_topic_without_rules_of_its_own_is_asked_about_where_questions_name_it(
    material: Material, composer: Composer, note: str
) -> None:
    items = _pick(Scope(notes=frozenset({note})), 1, material, composer, bank=read_bank(find_pack("mls_c01")))
    names = (material.notes[note].meta.title, *material.notes[note].meta.aliases)
    said = [f"{item.stem} {' '.join(option.text for option in item.options)}".casefold() for item in items]
    assert said
    cited = [note in {proof.note for option in item.options for proof in option.proof} for item in items]
    assert all(
        is_cited or any(name.casefold() in text for name in names) for is_cited, text in zip(cited, said, strict=True)
    )


def test_a_topic_that_no_question_is_on_names_the_nearest_one_with_questions(
    material: Material, composer: Composer
) -> None:
    bank = read_bank(find_pack("mls_c01"))
    assert not _pick(Scope(notes=frozenset({"exam-scoring"})), 1, material, composer, bank=bank)
    near = nearest_with_items({"exam-scoring"}, bank=bank, material=material, composer=composer)
    assert near is not None
    assert _pick(Scope(notes=frozenset({near})), 1, material, composer, bank=bank)


def test_a_quiz_over_the_whole_exam_has_the_weights_of_the_domains(material: Material, composer: Composer) -> None:
    bank = read_bank(find_pack("mls_c01"))
    chosen = _pick(Scope(), 10, material, composer, bank=bank)
    assert sorted(item.domain for item in chosen) == sorted("1122333344")
    assert sum(item.author == "hand" for item in chosen) <= 5
    assert len(_pick(Scope(), 5, material, composer, bank=bank)) == 5


def test_objectives_without_a_rule_to_compose_from_have_items_of_the_bank(
    material: Material, composer: Composer
) -> None:
    bank = read_bank(find_pack("mls_c01"))
    for objective in ("3.4.1", "3.4.3", "3.5.1", "4.1.2", "4.1.8", "4.2.2"):
        chosen = _pick(Scope(objective=objective), 5, material, composer, bank=bank)
        assert len(chosen) == 5
        assert all(item.objective == objective and item.form is None for item in chosen)


def test_reserved_and_barred_items_are_not_used(material: Material, composer: Composer) -> None:
    bank = list(keep_sound(composer.compose("3.2", 3), 6, material).items)
    reserved = bank[0].model_copy(update={"form": 1})
    barred = bank[1]
    chosen = _pick(
        Scope(objective="3.2"), 6, material, composer, bank=[reserved, *bank[1:]], barred={barred.id, reserved.id}
    )
    ids = {item.id for item in chosen}
    assert reserved.id not in ids
    assert barred.id not in ids
    assert {item.id for item in bank[2:]} <= ids


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("Quiz me on SMOTE", "SMOTE"),
        ("please test me about Kinesis Data Streams!", "Kinesis Data Streams"),
        ("quiz me", ""),
        ("What is a quiz?", None),
        ("How do I test a model?", None),
    ],
)
def test_a_request_for_a_quiz_is_understood(text: str, topic: str | None) -> None:
    assert quiz_request(text) == topic


def test_a_need_with_a_purpose_names_the_purpose_and_lets_the_case_decide() -> None:
    text = NOTE.replace("for raw files of any size", "for ETL when the company already runs Hadoop")
    rule = choice_rules(parse_note(text, Path("stores.md")))[0]
    assert (rule.about, rule.need, rule.link) == ("ETL", "the company already runs Hadoop", "when")


def test_options_of_a_composed_item_are_members_of_one_set(material: Material, composer: Composer) -> None:
    items = [item for domain in "1234" for item in keep_sound(composer.compose(domain, 2), 20, material).items]
    for item in items:
        texts = {option.text.casefold() for option in item.options}
        sets = [among for among in material.choices if texts <= {name.casefold() for name in among.names()}]
        assert sets, texts


def test_words_that_only_join_a_name_or_a_cell_to_its_sentence_are_left_out() -> None:
    text = (
        NOTE.replace("Choose Amazon S3 for raw", "Choose Amazon S3 alone for raw")
        + "| Amazon RDS | rows | is one table for rows |\n"
    )
    text = text.replace("Choose the storage when |", "Role |")
    rules = choice_rules(parse_note(text, Path("stores.md")))
    assert (rules[0].choose, rules[-1].need) == ("Amazon S3", "one table for rows")


def test_choice_sets_fit_the_notes(material: Material) -> None:
    choices = Choices(material)
    for among in material.choices:
        names = among.names()
        rules = {
            shown: [r for name in said for r in material.rules.get(name_key(name), ())] for shown, said in names.items()
        }
        assert all(rules.values()), f"{among.id}: a member without a rule in the notes"
        cases = [rule.case for found in rules.values() for rule in found]
        unknown = [part for part in (*among.open, *among.also) if not any(part in case for case in cases)]
        assert not unknown, f"{among.id}: {unknown} are in no need"
        assert {m for met in among.also.values() for m in met} | set(among.keys) <= set(names), among.id
    assert {start.among.id for start in choices.starts} == {among.id for among in material.choices}


def test_each_objective_has_composed_items_or_free_ones_of_the_bank(material: Material, composer: Composer) -> None:
    free = {item.objective for item in read_bank(find_pack("mls_c01")) if item.form is None}
    for objective in material.exam.objectives():
        assert keep_sound(composer.compose(objective, 4), 1, material).items or objective in free, objective


def test_a_member_that_meets_the_need_as_well_is_no_wrong_option(material: Material) -> None:
    choices = Choices(material)
    start = next(
        s for s in choices.starts if s.key == "Parquet" and s.rule.need == "Athena queries must scan fewer bytes"
    )
    assert choices.meeting(start) == {"ORC"}
    for seed in range(20):
        wrong = choices.wrong_options([start], 3, random.Random(seed))
        assert wrong is not None
        assert "ORC" not in {candidate.name for candidate in wrong}


def test_what_the_key_is_taken_instead_of_is_among_the_wrong_options(material: Material) -> None:
    choices = Choices(material)
    start = next(s for s in choices.starts if s.key == "Amazon EBS" and s.rule.instead == "Amazon EFS")
    wrong = choices.wrong_options([start], 3, random.Random(1))
    assert wrong is not None
    assert "Amazon EFS" in {candidate.name for candidate in wrong}
    assert all(candidate.is_named for candidate in wrong)


def test_a_distractor_that_a_note_gives_for_the_constraint_is_rejected(material: Material, composer: Composer) -> None:
    item = next(i for i in keep_sound(composer.compose("1.1.2", 1), 30, material).items if i.type == "multiple_choice")
    rule = next(r for r in material.rules["redshift"] if "frequent complex joins" in r.need)
    other = item.distractors[0].model_copy(update={"text": "Amazon Redshift", "violates": rule.need})
    options = (item.key[0], other, *item.distractors[1:])
    broken = item.model_copy(update={"stem": f"{rule.need}. {item.stem}", "options": options})
    assert "also_right" in {flaw.rule for flaw in audit_item(broken, material).flaws}
    denied = other.model_copy(update={"violates": f"no {rule.need}"})
    sound = broken.model_copy(
        update={"stem": f"no {broken.stem}", "options": (item.key[0], denied, *item.distractors[1:])}
    )
    assert "also_right" not in {flaw.rule for flaw in audit_item(sound, material).flaws}


def test_a_coined_word_of_the_stem_in_the_key_alone_is_a_clue(material: Material, composer: Composer) -> None:
    item = next(i for i in keep_sound(composer.compose("3", 1), 5, material).items if i.type == "multiple_choice")
    key = item.key[0].model_copy(update={"text": "Invocation5XXErrors"})
    stem = f"Requests are answered with a 5xx code. {item.stem}"
    broken = item.model_copy(update={"stem": stem, "options": (key, *item.distractors)})
    assert "clang" in {flaw.rule for flaw in audit_item(broken, material).flaws}


def test_one_key_for_one_constraint_in_other_words_is_asked_once(material: Material, composer: Composer) -> None:
    needs = (
        "records must be replayed or read by several custom consumers",
        "several consumers must read or replay the same records",
    )
    found = {}
    for seed in range(30):
        for item in composer.compose("1.2", seed):
            for need in needs:
                if item.type == "multiple_choice" and item.distractors[0].violates == need:
                    found[need] = item
        if len(found) == len(needs):
            break
    first, second = (found[need] for need in needs)
    assert same_concept(first, second)
    assert keep_sound([first, second], 2, material).rejected == {"near_duplicate": 1}
    unlike = next(i for i in composer.compose("3.5", 1) if i.type == "multiple_choice")
    assert not same_concept(first, unlike)


def test_two_items_on_one_concept_in_a_form_are_found(material: Material, composer: Composer) -> None:
    first, second = (
        i.model_copy(update={"form": 1}) for i in keep_sound(composer.compose("1.1", 1), 2, material).items
    )
    second = second.model_copy(update={"options": first.options})

    def embed(texts: list[str]) -> np.ndarray:
        return np.array([[1.0, 0.0], [0.6, 0.8]][: len(texts)], dtype=np.float32)

    assert [flaw.rule for flaws in bank_flaws([first, second], embed).values() for flaw in flaws] == ["same_concept"]
    apart = second.model_copy(update={"form": 2})
    assert not bank_flaws([first, apart], embed)


def test_who_needs_something_without_training_is_not_about_to_train(composer: Composer) -> None:
    stems = [item.stem for seed in range(4) for item in composer.compose("3", seed)]
    untrained = [stem for stem in stems if "without training" in stem]
    assert untrained
    assert not [stem for stem in untrained if "train a model." in stem.split("without training")[0]]
