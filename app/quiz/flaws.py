"""Item-writing flaws that rules can find in the wording of one item.

Each rule names the published guideline that it comes from:

- HDR n: Haladyna, Downing & Rodriguez (2002), A Review of Multiple-Choice Item-Writing Guidelines for Classroom
  Assessment, Applied Measurement in Education 15(3), guideline n of 31.
- NBME: Case & Swanson (2002), Constructing Written Test Questions for the Basic and Clinical Sciences, 3rd ed., ch. 3.
- T06: Tarrant, Knierim, Hayes & Ware (2006), The frequency of item writing flaws in multiple-choice questions used
  in high stakes nursing assessments, Nurse Education Today 26(8).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import mean

from corpus.item import Item, Option
from corpus.markdown import split_sentences
from ingest.words import words

MAX_LENGTH_RATIO = 1.25
MIN_LENGTH_RATIO = 0.6
MIN_LENGTH_RATIO_OF_NAMES = 0.3
"""The same where all options are bare names, whose length nobody chose: SMOTE beside class weights."""
_LONGEST_NAME = 40
STEM_WORDS = (15, 130)
_CLANG_LONG = 8
_COMMON_COINED = frozenset("aws sagemaker sage maker".split())


@dataclass(frozen=True)
class Flaw:
    """One thing wrong with an item: the ``rule`` broken, ``what`` about it in a sentence, the rubric it comes ``source``."""

    rule: str
    what: str
    source: str


Rule = Callable[[Item], str | None]
_RULES: list[tuple[str, str, Rule]] = []


def _rule(name: str, source: str) -> Callable[[Rule], Rule]:
    def register(rule: Rule) -> Rule:
        _RULES.append((name, source, rule))
        return rule

    return register


def wording_flaws(item: Item) -> Iterator[Flaw]:
    """Yield every flaw of the item's wording, in the order of the rules."""
    for name, source, rule in _RULES:
        what = rule(item)
        if what is not None:
            yield Flaw(name, what, source)


def rules() -> dict[str, str]:
    """Return the source of each wording rule by its name."""
    return {name: source for name, source, _ in _RULES}


def question_of(stem: str) -> str:
    """Return the sentence of the stem that asks: the last one with a question mark, else the last."""
    sentences = split_sentences(stem) or [stem]
    asking = [sentence for sentence in sentences if "?" in sentence]
    return (asking or sentences)[-1]


@_rule("option_count", "HDR 18")
def _option_count(item: Item) -> str | None:
    if item.type == "multiple_choice" and len(item.options) != 4:
        return f"A multiple choice item has 4 options, not {len(item.options)}."
    if item.type == "multiple_response" and len(item.options) < 5:
        return f"A multiple response item has at least 5 options, not {len(item.options)}."
    return None


@_rule("choose_n", "HDR 14")
def _choose_n(item: Item) -> str | None:
    wanted = {2: "two|2", 3: "three|3", 4: "four|4"}.get(len(item.key))
    if item.type == "multiple_response" and not re.search(rf"\(\s*(?:choose|select)\s+(?:{wanted})", item.stem, re.I):
        return f"The stem does not say how many to choose; end it with (Choose {len(item.key)})."
    return None


@_rule("duplicate_options", "HDR 22")
def _duplicate_options(item: Item) -> str | None:
    counted = Counter(" ".join(words(option.text, keep_stop_words=True)) for option in item.options)
    repeated = [text for text, count in counted.items() if count > 1]
    return f"Two options say the same: {repeated[0]!r}." if repeated else None


@_rule("stem_length", "HDR 13, 16")
def _stem_length(item: Item) -> str | None:
    count = len(item.stem.split())
    low, high = STEM_WORDS
    return None if low <= count <= high else f"The stem has {count} words; {low} to {high} are wanted."


@_rule("unfocused_stem", "HDR 15; T06")
def _unfocused_stem(item: Item) -> str | None:
    question = question_of(item.stem)
    if "?" not in question or not re.search(r"\b(?:which|what|how|why|when|where|who)\b", question, re.I):
        return "The stem does not ask a question that can be answered before reading the options."
    if len(words(question)) < 2 and len(words(item.stem)) < 12:
        return "The stem's question is too general to be answered before reading the options."
    return None


@_rule("negative_stem", "HDR 17; T06")
def _negative_stem(item: Item) -> str | None:
    match = re.search(
        r"\b(?:not|except|least likely|incorrect|false|untrue|cannot)\b|n't\b",
        question_of(item.stem).replace("’", "'"),
        re.I,
    )
    return f"The question is put negatively ({match.group()})." if match else None


@_rule("true_false_chain", "T06; NBME")
def _true_false_chain(item: Item) -> str | None:
    if re.search(
        r"\bwhich\b.{0,30}\b(?:statements?|sentences?|claims?|assertions?)\b|\b(?:is|are) (?:true|correct|accurate)\b",
        question_of(item.stem),
        re.I,
    ):
        return "Each option is a true/false statement of its own instead of an answer to one question."
    if all(re.match(r"(?:true|false|yes|no)\b", option.text, re.I) for option in item.options):
        return "The options are a chain of true/false or yes/no statements."
    return None


@_rule("all_or_none_of_the_above", "HDR 25, 26")
def _all_or_none(item: Item) -> str | None:
    for option in item.options:
        if re.search(r"\b(?:all|none|any|both|neither) of (?:the )?(?:above|these|those|options)\b", option.text, re.I):
            return f"An option refers to the others: {option.text!r}."
    return None


@_rule("k_type", "HDR 9")
def _k_type(item: Item) -> str | None:
    pattern = re.compile(
        r"(?:both |options? )?\(?(?:[a-f]|[ivx]{1,4}|[1-6])\)?(?:,\s*\(?(?:[a-f]|[ivx]{1,4}|[1-6])\)?)*,?\s*(?:and|&|or)\s*\(?(?:[a-f]|[ivx]{1,4}|[1-6])\)?(?: only)?\.?",
        re.I,
    )
    for option in item.options:
        if pattern.fullmatch(option.text.strip()):
            return f"An option combines others: {option.text!r}."
    return None


@_rule("absolute_terms", "HDR 28a; T06")
def _absolute_terms(item: Item) -> str | None:
    pattern = r"\b(?:always|never|completely|entirely|guarantees?|guaranteed|impossible|under all circumstances|in (?:every|all) cases?|without exception)\b"
    for option in item.options:
        match = re.search(pattern, option.text, re.I)
        if match:
            return f"An option uses an absolute term ({match.group()})."
    return None


@_rule("vague_terms", "T06; NBME")
def _vague_terms(item: Item) -> str | None:
    pattern = r"\b(?:usually|often|sometimes|frequently|occasionally|generally|typically|rarely|seldom|normally|possibly|perhaps|might|may)\b"
    for option in item.options:
        match = re.search(pattern, option.text, re.I)
        if match:
            return f"An option uses a vague term ({match.group()})."
    return None


@_rule("negative_option", "HDR 27")
def _negative_option(item: Item) -> str | None:
    negative = [option for option in item.options if re.search(r"\b(?:not|cannot)\b|n['’]t\b", option.text, re.I)]
    if len(negative) == 1:
        return f"One option alone is put negatively: {negative[0].text!r}."
    return None


@_rule("longest_is_key", "HDR 24, 28d")
def _longest_is_key(item: Item) -> str | None:
    ratio = length_ratio(item)
    if ratio > MAX_LENGTH_RATIO:
        return f"The key is {ratio:.2f} times as long as the distractors; at most {MAX_LENGTH_RATIO} is allowed."
    if ratio < least_length_ratio([option.text for option in item.options]):
        return f"The key is only {ratio:.2f} times as long as the distractors; it stands out."
    return None


def least_length_ratio(options: Sequence[str]) -> float:
    """Return from which share of the distractors' length a key does not stand out as short among ``options``."""
    return MIN_LENGTH_RATIO_OF_NAMES if max(map(len, options)) <= _LONGEST_NAME else MIN_LENGTH_RATIO


def stands_out(text: str, options: Sequence[str]) -> int:
    """Return 1 for an option that is much longer than the mean of the other ``options``, -1 for a much shorter one, else 0."""
    ratio = len(text) / ((sum(map(len, options)) - len(text)) / (len(options) - 1))
    return (ratio > MAX_LENGTH_RATIO) - (ratio < MIN_LENGTH_RATIO)


def length_ratio(item: Item) -> float:
    """Return mean key length over mean distractor length, in characters."""
    return mean(len(option.text) for option in item.key) / mean(len(option.text) for option in item.distractors)


@_rule("clang", "HDR 28b; T06")
def _clang(item: Item) -> str | None:
    elsewhere = {word for option in item.distractors for word in words(option.text)}
    stem = set(words(item.stem))
    shared = {word for option in item.key for word in words(option.text)} & stem - elsewhere
    telling = [word for word in shared if len(word) >= 4]
    if len(telling) >= 2 or any(len(word) >= _CLANG_LONG for word in telling):
        return f"Only the key repeats words of the stem: {', '.join(sorted(telling))}."
    coined = _coined(item.stem) & {part for option in item.key for part in _coined(option.text)}
    coined -= {part for option in item.distractors for part in _coined(option.text)}
    return f"Only the key repeats a rare word of the stem: {', '.join(sorted(coined))}." if coined else None


def _coined(text: str) -> set[str]:
    """Return words that look coined, such as 5XX, ETL or MapReduce, and the parts that such a word is made of."""
    found = set()
    for word in re.findall(r"[A-Za-z0-9]+", text):
        parts = re.findall(r"[A-Z]?[a-z]+|[A-Z0-9]+[a-z]{0,2}(?![a-z])|\d+", word)
        if (word.isupper() and len(word) > 1) or len(parts) > 1 or re.search(r"\d[a-z]", word):
            found |= {part.casefold() for part in (word, *parts) if len(part) > 2}
    return found - _COMMON_COINED


@_rule("grammar_cue", "HDR 28c; T06")
def _grammar_cue(item: Item) -> str | None:
    article = re.search(r"\b(an?)\s*[:?…]?\s*$", item.stem, re.I)
    if article:
        vowels = {bool(re.match(r"[aeiou]", option.text, re.I)) for option in item.options}
        if len(vowels) == 2:
            return f"The stem ends in {article.group(1)!r}, which fits some options only."
    keys = {_form(option) for option in item.key}
    others = {_form(option) for option in item.distractors}
    if len(keys) == 1 and len(others) == 1 and keys != others:
        return f"The key begins as a {keys.pop()}, all distractors as a {others.pop()}."
    ends = {option.text.rstrip().endswith(".") for option in item.key}
    if len(ends) == 1 and all(option.text.rstrip().endswith(".") not in ends for option in item.distractors):
        return "Only the key ends with a full stop, or only the key does not."
    return None


_IMPERATIVES = frozenset(
    "use train deploy create enable configure store send run apply set add remove increase decrease reduce raise lower replace"
    " build choose convert copy stream load collect drop impute encode scale normalize standardize split tune attach grant"
    " deny encrypt place move host invoke register schedule trigger write read query partition compress batch monitor"
    " update retrain label oversample undersample augment merge join filter call select start stop turn switch connect"
    " request launch assign define import export ingest process".split()
)


def _form(option: Option) -> str:
    first = re.match(r"[A-Za-z-]+", option.text.strip())
    word = first.group().casefold() if first else ""
    if word.endswith("ing") and len(word) > 5:
        return "gerund"
    return "command" if word in _IMPERATIVES else "noun"


@_rule("overlapping_options", "HDR 22")
def _overlapping_options(item: Item) -> str | None:
    texts = [" ".join(words(option.text, keep_stop_words=True)) for option in item.options]
    for i, inner in enumerate(texts):
        for j, outer in enumerate(texts):
            if i != j and inner != outer and len(inner.split()) >= 4 and f" {inner} " in f" {outer} ":
                return f"Option {item.options[j].text!r} contains option {item.options[i].text!r}."
    return None


@_rule("convergence", "NBME; T06")
def _convergence(item: Item) -> str | None:
    if item.type != "multiple_choice":
        return None
    overlaps = sorted(((mean_overlap(item, i), i) for i in range(len(item.options))), reverse=True)
    (best, index), (second, _) = overlaps[0], overlaps[1]
    if item.options[index].correct and best - second >= 0.12 and best >= 0.3:
        return "The key shares most with the other options, so it can be found by what recurs."
    return None


def mean_overlap(item: Item, index: int) -> float:
    """Return the mean Jaccard overlap of an option's words with those of each other option, in [0, 1]."""
    sets = [set(words(option.text)) for option in item.options]
    others = [other for i, other in enumerate(sets) if i != index]
    return mean(len(sets[index] & other) / max(1, len(sets[index] | other)) for other in others)


@_rule("repeated_opening", "HDR 13; T06")
def _repeated_opening(item: Item) -> str | None:
    openings = {" ".join(option.text.casefold().split()[:6]) for option in item.options}
    if len(openings) == 1 and all(len(option.text.split()) > 6 for option in item.options):
        return "All options begin with the same six words; they belong into the stem."
    return None
