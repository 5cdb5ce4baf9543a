"""The wording around a need: who asks, where, for what work. None of it decides the question."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

from app.quiz.rules import ChoiceRule, lower_first
from corpus.pack import ChoiceSet

_WHO = {
    "1": ("data engineer", "platform engineer", "solutions architect", "data engineering team"),
    "2": ("data scientist", "data analyst", "analytics team", "data engineer"),
    "3": ("data scientist", "machine learning specialist", "research team", "machine learning engineer"),
    "4": ("machine learning engineer", "solutions architect", "platform team", "operations team"),
}
_WHERE: tuple[tuple[str, str], ...] = (
    ("a regional bank", "table text fraud"), ("an online grocer", "table click image"),
    ("a hospital network", "table text image"), ("a railway operator", "time sensor table"),
    ("a wind farm operator", "time sensor image"), ("a mobile game studio", "click table"),
    ("an insurance company", "table text image fraud"), ("a city's transport office", "time sensor image"),
    ("a textile manufacturer", "image sensor table"), ("a radio station", "audio text click"),
    ("a university library", "text click"), ("a logistics company", "time sensor table text"),
    ("a chain of pharmacies", "table time click"), ("a maker of industrial pumps", "sensor time image"),
    ("a travel agency", "click text table"), ("an energy utility", "time sensor table"),
    ("a telecommunications provider", "time table audio text"), ("a fashion retailer", "image click table"),
    ("a food delivery start-up", "click table time text"), ("a publisher of textbooks", "text click"),
    ("a water utility", "sensor time table"), ("an agricultural cooperative", "image sensor time"),
    ("a car parts supplier", "image sensor table"), ("a credit card issuer", "table fraud time"),
    ("a real estate portal", "image text click table"), ("a news agency", "text audio image"),
    ("a satellite imaging firm", "image"), ("a payroll provider", "table text"), ("an airline", "time click text table"),
    ("a call centre operator", "audio text table"), ("a language school", "text audio click"),
    ("a video streaming service", "click image audio time"), ("a ticket marketplace", "click table fraud time"),
    ("a laboratory for medical tests", "table image text"),
)  # fmt: skip
"""Organisations, each with the kinds of data that it has."""

_DATA = {
    "image": r"images?|photo|pictures?|video|camera|pixel|faces?|scan",
    "text": r"texts?|documents?|language|translat|summar|sentiment|words?|synonyms|tokens?|prompt|topics?|NLP|corpus",
    "audio": r"speech|audio|voice|spoken|calls",
    "time": r"time series|forecast|season|trend|demand|autocorrelation|daily|monthly",
    "sensor": r"sensors?|devices?|IoT|edge",
    "click": r"recommend|clicks?|users?|customers?|A/B|ranked",
    "fraud": r"fraud|loans?|banks?|credit",
}
_WORK = {
    "1": ("is building a data pipeline", "moves its data preparation to AWS", "reworks how raw data reaches its models",
          "sets up a data platform for its first models", "replaces nightly scripts with managed tools"),
    "2": ("prepares a data set for training", "explores data that has just arrived", "turns raw records into features",
          "reviews the quality of a training set"),
    "3": ("plans a new model", "tries to improve its first model", "is about to train a model",
          "reviews how it builds and judges models"),
    "4": ("brings a model into production", "reviews how its models are run", "hardens an ML workload",
          "plans how to operate an ML application"),
}  # fmt: skip
_NEUTRAL_WORK = ("begins a new project", "looks into machine learning on AWS", "prepares a proof of concept")
_NO_MODEL = re.compile(r"\b(?:without|no)\b[^.]*\b(?:training|model|code|endpoint)\b|\bready\b", re.IGNORECASE)
"""Needs of those who train no model of their own."""

_WHEN = (
    "{O} {work}. {W}.", "At {o}, {w}.", "In a project of {o}, {w}.",
    "{R} at {o} has to decide for a case in which {w}.", "{O} {work}. The {r} learns that {w}.",
    "{R} at {o} finds the following: {w}.",
)  # fmt: skip
_FOR = (
    "{O} has to decide what to use for {w}.", "{R} at {o} is asked what to use for {w}.",
    "{O} {work}. It is open what should be used for {w}.",
)  # fmt: skip
_LOOKS = ("{R} at {o} looks at {w}.", "{O} deals with {w}.")
_TO = (
    "{O} wants to {w}.", "{R} at {o} has to {w}.", "{R} at {o} is asked to {w}.",
    "{O} {work}. One of the tasks is to {w}.", "{R} at {o} looks for a way to {w}.",
)  # fmt: skip
_MORE = {
    "when": ("In addition, {w}.", "{W}.", "It is also known that {w}."),
    "for": ("The choice must also suit {w}.", "It will also be used for {w}."),
    "to": ("The same choice has to {w}.", "It must also be possible to {w}."),
}
_ASK = ("Which {ask} should the {r} choose?", "Which {ask} fits best?", "Which {ask} meets this requirement?")
_ASK_TWO = (
    "Which two options should be chosen, one for each? (Choose two.)",
    "Which two choices together meet both requirements? (Choose two.)",
)


def stem(needs: Sequence[ChoiceRule], among: ChoiceSet, objective: str, rng: random.Random) -> str:
    """Return a scenario that states each need word for word and asks for a member of the set.

    What is to be done comes before the conditions that hold, as one would tell it.
    """
    ordered = sorted(needs, key=lambda rule: ("to", "for", "when").index(rule.link))
    scene = _Scene(ordered, objective, rng)
    first, *rest = ordered
    for_what = _LOOKS if among.question else _FOR
    if first.about and not first.group:
        stated = [scene.say(rng.choice(for_what), first.about), scene.say("{W}.", first.need)]
    else:
        stated = [scene.say(rng.choice({"when": _WHEN, "for": for_what, "to": _TO}[first.link]), _inside(first))]
    for rule in rest:
        if rule.about and not rule.group:
            stated.append(scene.say(rng.choice(_MORE["for"]), rule.about))
        stated.append(scene.say(rng.choice(_MORE[rule.link]), _inside(rule)))
    return " ".join([*stated, _question(scene, among, rng)])


def two_needs_stem(first: ChoiceRule, second: ChoiceRule, among: ChoiceSet, objective: str, rng: random.Random) -> str:
    """Return a scenario with two separate needs, each met by another choice."""
    scene = _Scene([first, second], objective, rng)
    opening = rng.choice(
        ("{O} has two tasks.", "{O} plans two projects.", "{R} at {o} looks after two pieces of work.")
    )
    parts = [_part(place, rule) for place, rule in zip(("first", "second"), (first, second), strict=True)]
    apart = [f"Each calls for another {among.ask}."] if among.ask else []
    return " ".join([scene.say(opening, ""), *parts, *apart, rng.choice(_ASK_TWO)])


def _question(scene: _Scene, among: ChoiceSet, rng: random.Random) -> str:
    return scene.say(among.question or rng.choice(_ASK).replace("{ask}", among.ask), "")


def _inside(rule: ChoiceRule) -> str:
    """Return a need as it reads inside a sentence; a row of a table begins with a capital."""
    return lower_first(rule.need) if rule.group else rule.need


class _Scene:
    """Who asks, where and at what work, the same through one stem."""

    def __init__(self, rules: Sequence[ChoiceRule], objective: str, rng: random.Random) -> None:
        said = " ".join(f"{rule.choose} {rule.about} {rule.need}" for rule in rules)
        wanted = {kind for kind, pattern in _DATA.items() if re.search(rf"\b(?:{pattern})", said, re.IGNORECASE)}
        fitting = [name for name, has in _WHERE if wanted <= set(has.split())]
        self._where = rng.choice(fitting or [name for name, _ in _WHERE])
        self._who = rng.choice(_WHO[objective[0]])
        self._work = rng.choice(_NEUTRAL_WORK if _NO_MODEL.search(said) else _WORK[objective[0]])

    def say(self, form: str, need: str) -> str:
        return form.format(
            o=self._where, O=_capital(self._where), r=self._who, R=_capital(f"{_article(self._who)} {self._who}"),
            work=self._work, w=need, W=_capital(need),
        )  # fmt: skip


def _part(place: str, rule: ChoiceRule) -> str:
    need = _inside(rule)
    if rule.link == "for":
        return f"The {place} is about {need}."
    if rule.link == "to":
        return f"The {place} has to {need}."
    if rule.about and not rule.group:
        return f"The {place} is about {rule.about}, and there {need}."
    return f"In the {place}, {need}."


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _article(noun: str) -> str:
    return "an" if noun[0] in "aeiou" else "a"
