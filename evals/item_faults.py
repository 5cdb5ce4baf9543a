"""Items broken on purpose, one flaw each, to measure what the audit finds and what it misses."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.quiz.audit import audit_item
from app.quiz.proof import Material
from corpus.item import Item, Option, Proof

Break = Callable[[Item, random.Random], Item]


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
        found[rule] = [make(item, rng) for item in rng.sample(usable, min(count, len(usable)))]
    return found


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
