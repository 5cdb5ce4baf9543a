"""The wording around a need: who asks, what they work on, how the need comes up. None of it decides the question."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Sequence

from app.quiz.rules import ChoiceRule, lower_first
from corpus.pack import ChoiceSet
from corpus.scenes import Scenes, Situation

_ANYBODY = Situation(who="a company", short="the company")
_ANY_ROLE = ("engineer", "specialist", "team")

_NO_MODEL = re.compile(r"\b(?:without|no)\b[^.]*\b(?:training|model|code|endpoint)\b|\bready\b", re.IGNORECASE)
"""Needs of those who train no model of their own."""
_REQUIRED = re.compile(
    r"\b(?:must|should|needs?|needed|wants?|wanted|matters?|counts?|sought|(?:has|have) to|may|can)\b", re.IGNORECASE
)
"""What is asked for, where other clauses say how things are."""
_MUST = re.compile(r"\b(?:must|should)\b")
_LEAST_EFFORT = re.compile(
    r"\b(?:least|little|no|small)\b[^,]*\b(?:effort|overhead)\b|\beffort must be small\b", re.IGNORECASE
)
_LOWEST_COST = re.compile(r"\b(?:lowest|low|lower) (?:storage )?(?:cost|price)\b|\bcheaply\b", re.IGNORECASE)
_READS_NEGATIVE = re.compile(r"\b(?:not|except|least likely|incorrect|false|untrue|cannot)\b|n['’]t\b", re.IGNORECASE)
"""Words that a question may not hold (`app.quiz.flaws`): such a need stands in a sentence before the question."""

_OPEN = ("{S} {W}.", "{S} {W}.", "{S} {W}.", "At {o}, {w}.")
_REQUIREMENT = (*_OPEN, "{S} The {r} is told that {w}.", "{S} The requirements say that {w}.")
_FACT = (*_OPEN, "{S} The {r} finds that {w}.", "{S} A review shows that {w}.")
_FOR = (
    "{S} The {r} needs {one} for {w}.", "{R} at {o} needs {one} for {w}.", "{S} The {r} is looking for {one} for {w}.",
)  # fmt: skip
_FOR_THAT = tuple(form.replace("{one} for {w}", "{w}") for form in _FOR)
"""The same for a need that says itself what is asked for: "a row-based format that …"."""
_LOOKS = ("{S} The {r} is dealing with {w}.", "{R} at {o} works with {w}.")
_TO = (
    "{S} The {r} wants to {w}.", "{R} at {o} wants to {w}.", "{S} The next step is to {w}.", "{S} The {r} has to {w}.",
    "{R} at {o} needs to {w}.",
)  # fmt: skip
_MORE = {
    "when": ("In addition, {w}.", "{W}.", "At the same time, {w}."),
    "for": ("It should also suit {w}.", "The same choice will serve for {w}."),
    "to": ("The {r} also wants to {w}.", "It must also be possible to {w}."),
}
_IN_QUESTION = {
    "when": ("{S} Which {ask} should the {r} choose when {w}?", "{S} Which {ask} is the best choice when {w}?"),
    "for": ("{S} Which {ask} should the {r} choose for {w}?", "{S} Which {ask} is the best choice for {w}?"),
    "to": ("{S} Which {ask} should the {r} use to {w}?", "{S} Which {ask} lets the {r} {w}?"),
}
_ASK = ("Which {ask} should the {r} choose?", "Which {ask} should {the} use?", "Which {ask} is the best choice?")
_MEETS = ("Which {ask} meets {this}?", "Which {ask} will meet {this}?", *_ASK)
_WITH_LEAST = ("Which {ask} meets {this} with the LEAST operational overhead?",)
_WITH_LOWEST = ("Which {ask} meets {this} MOST cost-effectively?",)
_PAIRS = (
    "{S} In one project, {a}. In another, {b}.", "{S} There are two projects. In one of them, {a}. In the other, {b}.",
    "{R} at {o} supports two projects. In the first, {a}. In the second, {b}.",
)  # fmt: skip
_ASK_TWO = (
    "Which two {asks} should the {r} choose, one for each project? (Choose two.)",
    "Which two {asks} meet these requirements, one for each project? (Choose two.)",
    "Which combination of {asks} meets both requirements? (Choose two.)",
)


class Scenery:
    """Stems over the scenes of a pack, the least told first; without scenes they speak of a company."""

    def __init__(self, scenes: Scenes) -> None:
        self._scenes = scenes
        self._told: Counter[str] = Counter()

    def stem(self, needs: Sequence[ChoiceRule], among: ChoiceSet, objective: str, rng: random.Random) -> str:
        """Return a scenario that states each need as `said` has it and asks for a member of the set.

        What is to be done comes before the conditions that hold, as one would tell it.
        """
        ordered = sorted(needs, key=lambda rule: ("to", "for", "when").index(rule.link))
        scene = self._scene(ordered, among, objective, rng)
        first, *rest = ordered
        if not rest and not among.question and not _about(first) and rng.random() < _ASKED_AT_ONCE:
            forms = scene.usable(_IN_QUESTION[first.link])
            asked = scene.say(rng.choice(forms), _inside(first)) if forms else ""
            if asked and not _READS_NEGATIVE.search(asked.rpartition(". ")[2]):
                return scene.shortened(asked)
        stated = [scene.say(rng.choice(_forms(first, among, scene)), _inside(first))]
        for rule in rest:
            if _about(rule):
                stated.append(scene.say(rng.choice(_MORE["for"]), rule.about))
            stated.append(scene.say(rng.choice(_MORE[rule.link]), _inside(rule)))
        return scene.shortened(" ".join([*stated, scene.say(rng.choice(_questions(ordered, among)), "")]))

    def two_needs_stem(
        self, first: ChoiceRule, second: ChoiceRule, among: ChoiceSet, objective: str, rng: random.Random
    ) -> str:
        """Return a scenario with two separate needs, each met by another choice."""
        scene = self._scene([first, second], among, objective, rng)
        form = rng.choice(scene.usable(_PAIRS)).replace("{a}", _part(first)).replace("{b}", _part(second))
        return scene.shortened(scene.say(f"{form} {rng.choice(_ASK_TWO)}", ""))

    def _scene(self, rules: Sequence[ChoiceRule], among: ChoiceSet, objective: str, rng: random.Random) -> _Scene:
        said = " ".join([among.ask, among.question, *(f"{rule.choose} {rule.about} {rule.need}" for rule in rules)])
        domain = objective.split(".", 1)[0]
        wanted = self._scenes.about(said)
        suiting = [
            situation
            for situation in self._scenes.situations
            if (not situation.domains or domain in situation.domains)
            and not (situation.trains and _NO_MODEL.search(said))
        ]
        fitting = [situation for situation in suiting if wanted <= situation.about]
        if fitting:
            least = min(self._told[situation.who] for situation in fitting)
            situation = rng.choice([situation for situation in fitting if self._told[situation.who] == least])
            self._told[situation.who] += 1
        else:
            # What it does would lead away from the need; its name does too where it has nothing of the need's subjects.
            near = [situation for situation in suiting if wanted & situation.about]
            situation = rng.choice(near or [_ANYBODY]).model_copy(update={"does": ""})
        role = rng.choice(self._scenes.roles.get(domain, _ANY_ROLE))
        leads = self._scenes.leads.get(among.id, ()) if rng.random() < _WITH_LEAD else ()
        return _Scene(situation, role, among.ask, rng.choice(leads or ("",)))


_ASKED_AT_ONCE = 0.3
"""Share of the stems with one need that state it within the question."""
_WITH_LEAD = 0.9
"""Share of the stems that say what the decision is about before they come to the need."""


def said(rule: ChoiceRule) -> str:
    """Return a need as a stem says it: the reader of a note is "you", in a stem it is the team."""
    return (
        re.sub(r"\byou (\w+)\b", r"the team \1s", rule.need)
        .replace("your own", "the team's own")
        .replace("your control", "the team's control")
    )


def _forms(rule: ChoiceRule, among: ChoiceSet, scene: _Scene) -> list[str]:
    """Return the sentences that may state a need, of those that suit what is known of the organisation."""
    if _about(rule):
        responsible = f"{{R}} at {{o}} is responsible for {rule.about}. {{W}}."
        return scene.usable((f"{{S}} For {rule.about}, {{w}}.", responsible))
    if rule.link == "when":
        must, required = (re.search(pattern, rule.need) for pattern in (_MUST, _REQUIRED))
        return scene.usable(_REQUIREMENT if must else _OPEN if required else _FACT)
    if rule.link == "to":
        return scene.usable(_TO)
    if among.question:
        return scene.usable(_LOOKS)
    kind = _head(among.ask).rsplit(" ", 1)[-1]
    return scene.usable(_FOR_THAT if kind in rule.need.split()[:4] else _FOR)


def _questions(rules: Sequence[ChoiceRule], among: ChoiceSet) -> list[str]:
    """Return the questions that fit: what is required is met; effort and cost are asked for where a need names them."""
    if among.question:
        return [among.question]
    needs = " ".join(rule.need for rule in rules)
    this = "these requirements" if len(rules) > 1 else "this requirement"
    required = any(rule.link == "to" or _REQUIRED.search(rule.need) for rule in rules)
    least = _WITH_LEAST if _LEAST_EFFORT.search(needs) else _WITH_LOWEST if _LOWEST_COST.search(needs) else ()
    return [form.replace("{this}", this) for form in (least or (_MEETS if required else _ASK))]


def _part(rule: ChoiceRule) -> str:
    """Return one of two needs as a part of a sentence."""
    if rule.link == "for":
        return f"the {{r}} needs {{one}} for {_inside(rule)}"
    if rule.link == "to":
        return f"the {{r}} has to {_inside(rule)}"
    return f"{_inside(rule)}; it is about {rule.about}" if _about(rule) else _inside(rule)


def _about(rule: ChoiceRule) -> str:
    """Return the work for which a need decides; what a table's heading says is no such work."""
    return "" if rule.group else rule.about


def _inside(rule: ChoiceRule) -> str:
    """Return a need as it reads inside a sentence; a row of a table begins with a capital."""
    return lower_first(said(rule)) if rule.group else said(rule)


class _Scene:
    """Who asks, where and at what work, the same through one stem."""

    def __init__(self, situation: Situation, role: str, ask: str, lead: str) -> None:
        self._situation, self._role, self._ask, self._lead = situation, role, ask, lead

    def usable(self, forms: Sequence[str]) -> list[str]:
        """Return the forms that can be filled: without anything known of the organisation, those that only name it."""
        return [form for form in forms if self._situation.does or "{S}" not in form]

    def say(self, form: str, need: str) -> str:
        if form not in self.usable([form]):
            raise ValueError(f"nothing is known of what {self._situation.who} does, so {form!r} cannot be filled")
        who, the, role, ask = self._situation.who, self._situation.short, self._role, self._ask
        lead = self._lead.format(r=role, the=the, The=_capital(the))
        return form.format(
            S=f"{_capital(who)} {self._situation.does}. {lead}".rstrip(), o=who, the=the, r=role, w=need, W=_capital(need),
            R=_capital(_with_article(role)), ask=ask, asks=_plural(ask), one=_with_article(_head(ask)),
        )  # fmt: skip

    def shortened(self, stem: str) -> str:
        """Return a stem in which whoever decides is named in full once: later the platform team is "the team"."""
        head, role, tail = stem.partition(self._role)
        short = self._role.rsplit(" ", 1)[-1]
        return head + role + re.sub(rf"\b([Tt]he) {self._role}\b", rf"\1 {short}", tail)


_JOINT = re.compile(r" (?=(?:of|for|to|in|by|with)\b)")


def _head(ask: str) -> str:
    """Return what is asked for without what follows: "tool" of "tool for orchestration"."""
    return ask if _JOINT.split(ask, maxsplit=1)[-1].startswith("of ") else _JOINT.split(ask, maxsplit=1)[0]


def _plural(ask: str) -> str:
    """Return the plural of what is asked for: "ways to retrain", "statistics or tests"."""
    head, *rest = _JOINT.split(ask, maxsplit=1)
    return " ".join([" or ".join(map(_several, head.split(" or "))), *rest])


def _several(noun: str) -> str:
    if noun.endswith(("means", "hardware")):
        return noun
    if re.search(r"[^aeiou]y$", noun):
        return f"{noun[:-1]}ies"
    return f"{noun}es" if noun.endswith(("s", "x", "ch", "sh")) else f"{noun}s"


def _with_article(noun: str) -> str:
    if noun.endswith("hardware"):
        return noun
    return f"{'an' if noun[0] in 'aeiouAE' else 'a'} {noun}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
