"""Items broken on purpose, one flaw each, to measure what the audit finds and what it misses."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice

from app.quiz.audit import audit_item
from app.quiz.bank import Embed, bank_flaws
from app.quiz.proof import Material
from corpus.item import Item, Option, Proof

Break = Callable[[Item, random.Random], Item | None]
"""Returns the item with a flaw, or None if the item is none that can have it."""


_SCENE_AND_NEED = 2
"""Sentences before the question, from which a stem has a scene of its own."""
_SAME = {"same_concept", "near_duplicate"}


@dataclass(frozen=True)
class Detection:
    """Of ``planted`` items with a flaw, how many the audit ``found`` by that rule, and ``rejected`` by any rule."""

    rule: str
    planted: int
    found: int
    rejected: int


def planted_flaws(sound: Sequence[Item], count: int, seed: int) -> dict[str, list[Item]]:
    """Return by rule ``count`` items (fewer if ``sound`` has too few that can be broken so) with that flaw."""
    rng = random.Random(seed)
    found: dict[str, list[Item]] = {}
    for rule, make in BREAKS.items():
        usable = [
            item for item in sound if item.type == ("multiple_response" if rule == "choose_n" else "multiple_choice")
        ]
        made = (make(item, rng) for item in rng.sample(usable, len(usable)))
        found[rule] = list(islice((item for item in made if item is not None), count))
    return found


def asked_again(sound: Sequence[Item], count: int, seed: int) -> list[tuple[Item, Item]]:
    """Return up to ``count`` items of form 1, each with another of that form that asks for the same: in another
    scene, and with another quote as the proof of its key."""
    rng = random.Random(seed)
    pairs = []
    told = [item for item in sound if item.stem.count(". ") >= _SCENE_AND_NEED]
    for item in rng.sample(told, min(count, len(told))):
        scene = rng.choice([other for other in told if other is not item]).stem.split(". ")[:-2]
        proof = item.distractors[0].proof
        options = tuple(o.model_copy(update={"proof": proof}) if o.correct else o for o in item.options)
        first, again = (Item.model_validate({**item.model_dump(), "form": 1, **change}) for change in (
            {}, {"stem": ". ".join([*scene, *item.stem.split(". ")[-2:]]), "options": options},
        ))  # fmt: skip
        pairs.append((first, again))
    return pairs


def pair_detection(pairs: Sequence[tuple[Item, Item]], embed: Embed) -> Detection:
    """Return of how many pairs the audit of a bank finds that they ask the same; a copy counts as rejected only."""
    flaws = [{flaw.rule for found in bank_flaws(pair, embed).values() for flaw in found} for pair in pairs]
    found = sum("same_concept" in rules for rules in flaws)
    return Detection("same_concept", len(pairs), found, sum(bool(rules & _SAME) for rules in flaws))


def detections(sound: Sequence[Item], material: Material, count: int, seed: int) -> list[Detection]:
    """Return for each rule how many planted flaws the audit finds."""
    results = []
    for rule, items in planted_flaws(sound, count, seed).items():
        flaws = [{flaw.rule for flaw in audit_item(item, material).flaws} for item in items]
        results.append(Detection(rule, len(items), sum(rule in found for found in flaws), sum(map(bool, flaws))))
    return results


def _stem(change: Callable[[str, random.Random], str]) -> Break:
    return lambda item, rng: item.model_copy(update={"stem": change(item.stem, rng)})


def _option(which: str, change: Callable[[Option, Item, random.Random], Option]) -> Break:
    """Change one key (``key``) or one distractor (``distractor``)."""

    def make(item: Item, rng: random.Random) -> Item:
        chosen = rng.choice(item.key if which == "key" else item.distractors)
        options = tuple(change(option, item, rng) if option is chosen else option for option in item.options)
        return item.model_copy(update={"options": options})

    return make


def _text(which: str, change: Callable[[str, Item, random.Random], str]) -> Break:
    return _option(which, lambda option, item, rng: option.model_copy(update={"text": change(option.text, item, rng)}))


def _all_options(change: Callable[[Option, int, random.Random], str]) -> Break:
    def make(item: Item, rng: random.Random) -> Item:
        options = tuple(
            option.model_copy(update={"text": change(option, place, rng)}) for place, option in enumerate(item.options)
        )
        return item.model_copy(update={"options": options})

    return make


def _question_replaced(stem: str, question: str) -> str:
    return f"{stem.rsplit('. ', 1)[0]}. {question}"


def _drop_option(item: Item, rng: random.Random) -> Item:
    gone = rng.choice(item.distractors)
    return item.model_copy(update={"options": tuple(option for option in item.options if option is not gone)})


def _right_as_well(item: Item, rng: random.Random) -> Item | None:
    """Say that a distractor violates just what its own note chooses it for, and let the stem say so."""
    for option in rng.sample(list(item.distractors), len(item.distractors)):
        need = re.match(
            rf"Choose {re.escape(option.text)} (?:instead of .+? )?(?:when|for|to) (.+?)(?:[:;] .+| because .+)?\.$",
            option.why,
            re.IGNORECASE,
        )
        if need is None:
            continue
        stem = f"The following is needed: {need[1]}. {item.stem}"
        options = tuple(o.model_copy(update={"violates": need[1]}) if o is option else o for o in item.options)
        return item.model_copy(update={"stem": stem, "options": options})
    return None


def _echo(text: str, item: Item, rng: random.Random) -> str:
    elsewhere = " ".join(option.text for option in item.options).casefold()
    long = [
        w.strip(".,?")
        for w in item.stem.split()
        if len(w.strip(".,?")) > 5 and w.strip(".,?").casefold() not in elsewhere
    ]
    return f"{text} {' '.join(rng.sample(long, min(3, len(long))))}"


def _wrong_rationale(option: Option, item: Item, rng: random.Random) -> Option:
    why = rng.choice(
        (
            "It needs 47 shards and a retention of 9,000 days.",
            "Amazon Timestream replicates every table to three continents by default.",
            "Customers in aviation prefer pink dashboards on Tuesdays.",
        )
    )
    return option.model_copy(update={"why": why})


def _lost_quote(option: Option, item: Item, rng: random.Random) -> Option:
    proof = option.proof[0]
    words = proof.quote.split()
    place = rng.randrange(len(words))
    words[place] = "elsewhere"
    return option.model_copy(update={"proof": (Proof(note=proof.note, quote=" ".join(words)), *option.proof[1:])})


_SERVICES = ("Amazon Redshift", "Amazon Kendra", "AWS Glue", "Amazon EMR", "AWS Lambda", "Amazon Polly")
_NO_NAMES = ("a spreadsheet kept by hand", "a phone call", "a printed list", "a meeting every week", "a paper form")

BREAKS: dict[str, Break] = {
    "option_count": _drop_option,
    "choose_n": _stem(lambda stem, rng: stem.replace("(Choose two.)", "")),
    "duplicate_options": lambda item, rng: _text("distractor", lambda text, it, r: f"{it.key[0].text}.")(item, rng),
    "stem_length": _stem(lambda stem, rng: f"{stem} {'The company has many more plans that do not matter here. ' * 14}"),
    "unfocused_stem": _stem(lambda stem, rng: _question_replaced(stem, rng.choice(("Choose.", "Read the options.", "Select one.")))),
    "negative_stem": _stem(
        lambda stem, rng: _question_replaced(
            stem,
            rng.choice(
                (
                    "Which option is not suitable?",
                    "Which of these is the least likely choice?",
                    "All of these fit except which one?",
                    "Which choice doesn't fit?",
                )
            ),
        )
    ),
    "true_false_chain": _stem(
        lambda stem, rng: _question_replaced(
            stem, rng.choice(("Which statement is true?", "Which of these claims is correct?", "Which sentence is right?"))
        )
    ),
    "all_or_none_of_the_above": _text(
        "distractor", lambda text, item, rng: rng.choice(("All of the above", "None of the above", "Both of these"))
    ),
    "k_type": _text("distractor", lambda text, item, rng: rng.choice(("A and C", "Both 1 and 2", "B, C and D only"))),
    "absolute_terms": _text(
        "distractor", lambda text, item, rng: f"{text} {rng.choice(('always', 'in every case', 'without exception'))}"
    ),
    "vague_terms": _text(
        "distractor", lambda text, item, rng: f"{text} {rng.choice(('usually', 'sometimes', 'generally', 'often'))}"
    ),
    "negative_option": _text("distractor", lambda text, item, rng: f"Something that is not {text}"),
    "longest_is_key": _text(
        "key", lambda text, item, rng: f"{text}, set up with care, tested on old data and watched by the team for weeks"
    ),
    "clang": _text("key", _echo),
    "grammar_cue": _all_options(lambda option, place, rng: f"{'Choosing' if option.correct else 'The'} {option.text}"),
    "overlapping_options": lambda item, rng: _overlap(item, rng),
    "repeated_opening": _all_options(lambda option, place, rng: f"The plan of the team is to take {option.text}"),
    "rationale": _option("key", _wrong_rationale),
    "quote": _option("key", _lost_quote),
    "no_violation": _option("distractor", lambda option, item, rng: option.model_copy(update={"violates": "a budget of 12 cents"})),
    "also_right": _right_as_well,
    "distractor_class": _all_options(lambda option, place, rng: _SERVICES[place] if option.correct else _NO_NAMES[place]),
    "old_name": _text("distractor", lambda text, item, rng: rng.choice(("Kinesis Data Firehose", "Kinesis Data Analytics"))),
    "objective": lambda item, rng: item.model_copy(update={"objective": f"9.{rng.randrange(1, 9)}.1"}),
}  # fmt: skip


def _overlap(item: Item, rng: random.Random) -> Item:
    """Make one distractor a longer form of another."""
    inner, outer = rng.sample(list(item.distractors), 2)
    base = f"{inner.text} with the default settings"
    texts = {id(inner): base, id(outer): f"{base} in one Region"}
    options = tuple(
        option.model_copy(update={"text": texts[id(option)]}) if id(option) in texts else option
        for option in item.options
    )
    return item.model_copy(update={"options": options})
