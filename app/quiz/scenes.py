"""The wording around a need: who asks, where, for what work. None of it decides the question."""

from __future__ import annotations

import random
from collections.abc import Sequence

from app.quiz.rules import ChoiceRule, lower_first

_WHO = (
    ("A data scientist", "the data scientist"),
    ("A machine learning engineer", "the engineer"),
    ("A machine learning specialist", "the specialist"),
    ("A data engineer", "the data engineer"),
    ("An analytics team", "the team"),
    ("A platform team", "the team"),
    ("A solutions architect", "the architect"),
    ("A research group", "the group"),
)
_WHERE = (
    "a regional bank", "an online grocer", "a hospital network", "a railway operator", "a wind farm operator",
    "a mobile game studio", "an insurance company", "a city's transport office", "a textile manufacturer",
    "a streaming radio station", "a university library", "a logistics company", "a chain of pharmacies",
    "a maker of industrial pumps", "a travel agency", "an energy utility", "a telecommunications provider",
    "a fashion retailer", "a food delivery start-up", "a publisher of textbooks", "a water utility",
    "an agricultural cooperative", "a car parts supplier", "a credit card issuer", "a real estate portal",
    "a museum foundation", "a satellite imaging firm", "a payroll provider", "an airline", "a toy company",
)  # fmt: skip
_WORK = {
    "1": (
        "is building a data pipeline", "is moving data preparation to AWS", "is reworking the flow of raw data",
        "is preparing the data platform for a first model", "is replacing nightly scripts with managed tools",
    ),
    "2": (
        "is preparing a data set for training", "is exploring data that has just arrived",
        "is turning raw records into features", "is reviewing the quality of a training set",
        "is getting to know a new data source",
    ),
    "3": (
        "is planning a new model", "is comparing ways to model a business problem", "is improving a first model",
        "is training a model on Amazon SageMaker", "is deciding how to train and judge a model",
    ),
    "4": (
        "is bringing a model into production", "is reviewing how a model is run", "is hardening an ML workload",
        "is designing the operation of an ML application", "is planning an application with AI features",
    ),
}  # fmt: skip
_WHEN = ("{W}.", "One thing is known: {w}.", "The facts are these: {w}.", "It has been agreed that {w}.")
_FOR = (
    "What is wanted has to be right for {w}.",
    "The choice is needed for {w}.",
    "A solution is needed for {w}.",
    "The plan asks for something made for {w}.",
)
_TO = ("The goal is to {w}.", "The task is to {w}.", "The requirement is to {w}.", "The next step is to {w}.")
_ASK = {
    "service": (
        "Which AWS service or feature should {who} choose?",
        "Which AWS offering meets this requirement?",
        "Which of these AWS options fits best?",
    ),
    "algorithm": (
        "Which algorithm should {who} choose?",
        "Which algorithm fits best?",
        "Which algorithm meets this requirement?",
    ),
    "": ("What should {who} choose?", "Which choice fits best?", "Which option meets this requirement?"),
}
_ASK_TWO = "Which two choices together meet these requirements? (Choose two.)"


def stem(needs: Sequence[ChoiceRule], kind: str, objective: str, rng: random.Random) -> str:
    """Return a scenario that states each need word for word and asks for the choice."""
    scene, who = _scene(objective, rng)
    stated = " ".join(_state(need, rng) for need in needs)
    return f"{scene} {stated} {rng.choice(_ASK[kind]).format(who=who)}"


def two_needs_stem(first: ChoiceRule, second: ChoiceRule, kind: str, objective: str, rng: random.Random) -> str:
    """Return a scenario with two separate needs, each met by another choice."""
    del kind
    scene, _ = _scene(objective, rng)
    parts = [_part(rule) for rule in (first, second)]
    return f"{scene} Two requirements are on the list: one part of the work {parts[0]}; another part {parts[1]}. {_ASK_TWO}"


def table_stem(rule: ChoiceRule, objective: str, rng: random.Random) -> str:
    """Return a scenario that describes one row of a table and asks for its name."""
    scene, who = _scene(objective, rng)
    ask = rng.choice((f"Which {rule.kind} fits this description?", f"Which {rule.kind} should {who} name?"))
    state = rng.choice(("This is what is described: {w}.", "The notes of a colleague read: {w}.", "In short: {w}."))
    return f"{scene} {state.format(w=lower_first(rule.need))} {ask}"


def _scene(objective: str, rng: random.Random) -> tuple[str, str]:
    who, short = rng.choice(_WHO)
    return f"{who} at {rng.choice(_WHERE)} {rng.choice(_WORK[objective[0]])}.", short


def _state(rule: ChoiceRule, rng: random.Random) -> str:
    forms = {"when": _WHEN, "for": _FOR, "to": _TO}[rule.link]
    return rng.choice(forms).format(w=rule.need, W=rule.need[:1].upper() + rule.need[1:])


def _part(rule: ChoiceRule) -> str:
    return {"when": "has this condition, ", "for": "is about ", "to": "has to "}[rule.link] + rule.need
