"""What passages advise: what to choose for which case, what not to, and which claims they call mistakes.

Study notes say what is wrong in a few fixed ways ("Choose A instead of B when …", "B is the wrong choice for …",
"Doing … is a mistake, because …"). A sentence that recommends what they advise against uses the same words, so that
no measure of overlap can tell.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from app.tutor.statement import Statement, statement
from ingest.words import words

CASE_COVERED = 0.6
"""Share of the words of a case that a sentence must have to be about this case."""

CLAIM_COVERED = 0.7
"""Share of the words of a claim that a sentence must have to make this claim."""

LONGEST = 600
"""Characters of a sentence that is read for advice; a longer one is no sentence."""

CLAIM_ALONE = 0.85
"""Share of the words of a sentence that must be those of the claim, so that it says nothing else about it."""

_CASE = r"(?:when|whenever|if|unless|for|to|where|in|as|on|with|while|because|against|at)\b"
_CHOOSE = r"(?:choose|use|take|pick|prefer|go for|opt for|select|run|call for)"
_THAN = r"(?:instead of|rather than|and not|over|,? not)"
_WRONG = r"(?:wrong|bad|poor|unsuitable|unfit|not (?:the )?(?:right|best|good))"
_KIND = r"(?:choice|answer|tool|test|metric|way|method|service|place|idea|remedy|thing|fit|pick|option)"
_FLAGS = re.IGNORECASE

_ADVICE = [
    re.compile(pattern, _FLAGS)
    for pattern in (
        rf"^{_CHOOSE} (?P<good>.+?) {_THAN} (?P<bad>.+?) (?P<case>{_CASE}.+)$",
        rf"^(?P<case>(?:for|to|if|when|where) .+?), {_CHOOSE} (?P<good>.+?) {_THAN} (?P<bad>.+)$",
        rf"^(?P<good>.+?) instead of (?P<bad>.+?) is (?:the )?(?:\w+ )?(?:choice|answer|enough|chosen) (?P<case>{_CASE}.+)$",
        r"^(?:the )?(?:words?|cue words?) (?P<case>.+?) points? (?:away from|to) (?P<good>.+?) instead of (?P<bad>.+)$",
        r"^(?P<good>[^,]+?) instead of (?P<bad>[^,]+?) (?P<case>(?:[a-z]+s|filter|decide|protect|connect) .+)$",
        rf"^(?P<bad>.+?) (?:is|are) (?:\w+ )?(?:the |an? )?{_WRONG} ?{_KIND}? (?P<case>{_CASE}.+)$",
        r"^(?P<bad>.+?) (?:does|do) not suit (?P<case>.+)$",
    )
]
_PREFERENCE = [
    re.compile(pattern, _FLAGS)
    for pattern in (
        rf"^(?P<case>.*?)\b{_CHOOSE} (?P<good>[^,]+?) {_THAN} (?P<bad>[^,]+?)(?P<more> {_CASE}.+)?$",
        rf"^(?P<case>(?:.+?, )?)(?P<good>[^,]+?) (?:is|are) (?:(?:a|the) )?(?:much )?(?:better|preferable|superior)(?: {_KIND})?"
        rf" (?:than|to|over) (?P<bad>[^,]+?)(?P<more> {_CASE}.+)?$",
        rf"^(?P<case>(?:.+?, )?)(?P<good>[^,]+?) (?:beats?|outperforms?) (?P<bad>[^,]+?)(?P<more> {_CASE}.+)?$",
        rf"^(?P<case>(?:.+?, )?)(?P<good>[^,]+?) (?:is|are) (?:the )?(?:right|best|better) {_KIND} {_THAN} (?P<bad>[^,]+?)(?P<more> {_CASE}.+)?$",
        rf"^(?P<case>.+?)(?:, |; |\b)(?:you need|it is|take|use) (?P<good>[^,]+?), not (?P<bad>[^,]+?)(?P<more> {_CASE}.+)?$",
    )
]
_MISTAKE = re.compile(
    r"^(?P<claim>.+?) (?:is|are) (?:an? |no |the )?(?:(?:common|frequent|classic|costly) )*"
    r"(?:mistakes?|errors?|wrong|needless|outdated|useless|not possible|false|a myth)\b"
    rf"(?P<case> (?!work|effort)(?:{_CASE}).+?)?(?: work| effort)?(?:,? because\b.*|,? since\b.*|[:;].*)?$",
    _FLAGS,
)
_AVOID = re.compile(r"^(?:avoid|never|do not|don't) (?P<claim>.+)$", _FLAGS)
_THOUGHT = re.compile(
    r"^(?:(?:believing|assuming|thinking|saying|expecting|claiming|hoping|supposing)(?: that)?|planning(?: to)?|trying to"
    r"|choosing|using|taking|picking|reading|treating|calling|judging|relying on)\s+",
    _FLAGS,
)
_NO_CLAIM = re.compile(
    r"^(?:confusing|mixing|forgetting|leaving|ignoring|skipping|overlooking|omitting|missing|not )\b", _FLAGS
)
_REASON = re.compile(r",? (?:because|since)\b.*$|; .*$|: .*$", _FLAGS)
_AGAINST = re.compile(
    r"\b(?:not|no|never|none|cannot|wrong|mistakes?|avoid(?:ed|ing)?|bad|poor|poorly|unsuitable|unfit|instead|rather|needless|useless"
    r"|outdated|false|myth|nor|neither|nothing|worse|weak|unlike|isn't)\b|n't\b",
    _FLAGS,
)
_CUE = re.compile(
    r"instead of|rather than|and not|wrong|unsuitable|mistake|error|needless|outdated|useless|not possible|false|myth|avoid|never"
    r"|do not|don't|not suit|unfit|poor|bad|not the (?:best|right)",
    _FLAGS,
)
_EMPTY = frozenset(
    words("amazon aws sagemaker service choice answer tool right wrong algorithm method model data approach feature")
)


@dataclass(frozen=True)
class Advice:
    """``good`` is the thing to choose for ``case`` and ``bad`` the thing not to; each as stems, empty if not named.

    A mistake has neither: its ``case`` is the claim that is wrong, which ``begins`` with a stem that it cannot do without.
    ``good_said`` and ``bad_said`` are as written.
    """

    good: frozenset[str]
    bad: frozenset[str]
    case: frozenset[str]
    good_said: str = ""
    bad_said: str = ""
    mistake: bool = False
    begins: str = ""


@lru_cache(maxsize=8192)
def advice_in(sentence: str) -> tuple[Advice, ...]:
    """Return what one passage sentence advises against, and what for."""
    if len(sentence) > LONGEST or not _CUE.search(sentence):
        return ()
    plain = sentence.strip().rstrip(".").replace("’", "'")
    return tuple(advice for advice in _against(plain) if advice.case)


def _against(plain: str) -> Iterable[Advice]:
    bare = _REASON.sub("", plain)
    for pattern in _ADVICE:
        match = pattern.match(bare)
        if match:
            parts = match.groupdict()
            if len(parts["bad"].split()) <= 8 and not _NO_CLAIM.match(bare):
                yield _advice(parts.get("good") or "", parts["bad"], parts["case"])
                return
    match = _MISTAKE.match(plain) or _AVOID.match(plain)
    if match and not _NO_CLAIM.match(match["claim"]):
        parts = match.groupdict()
        claim = _REASON.sub("", _THOUGHT.sub("", match["claim"])) + (parts.get("case") or "")
        stems = words(claim)
        if len(stems) >= 2:
            yield Advice(frozenset(), frozenset(), frozenset(stems), bad_said=claim, mistake=True, begins=stems[0])


def _advice(good: str, bad: str, case: str) -> Advice:
    chosen, rejected = _thing(good), _thing(bad)
    return Advice(
        chosen - rejected, rejected - chosen, frozenset(words(case)) - chosen - rejected, _said(good), _said(bad)
    )


def _thing(text: str) -> frozenset[str]:
    stems = frozenset(words(text))
    return stems - _EMPTY or stems


def _said(text: str) -> str:
    return re.sub(r"^(?:an?|the) ", "", text.strip(" ,"), flags=re.IGNORECASE)


def preference_in(sentence: str) -> tuple[frozenset[str], frozenset[str], frozenset[str]] | None:
    """Return (preferred, rejected, all other words) of a sentence that prefers one thing to another, else None."""
    if len(sentence) > LONGEST:
        return None
    plain = sentence.strip().rstrip(".").replace("’", "'")
    for pattern in _PREFERENCE:
        match = pattern.match(plain)
        if match and len(match["good"].split()) <= 9 and len(match["bad"].split()) <= 9:
            good, bad = _thing(match["good"]), _thing(match["bad"])
            return good - bad, bad - good, frozenset(words(plain)) - good - bad
    return None


def advised_against(sentence: str, passages: Sequence[str]) -> tuple[int, str, str] | None:
    """Return (number of the passage sentence, reason, what is advised against) if ``sentence`` recommends or claims it."""
    ours = statement(sentence)
    preference = preference_in(sentence)
    against = _AGAINST.search(sentence.replace("’", "'")) is not None
    for at, passage in enumerate(passages):
        for advice in advice_in(passage):
            reason = _clash(ours, preference, against, advice)
            if reason:
                return at, reason, advice.bad_said
    return None


def _clash(
    ours: Statement,
    preference: tuple[frozenset[str], frozenset[str], frozenset[str]] | None,
    against: bool,
    advice: Advice,
) -> str | None:
    said = ours.content
    if advice.mistake:
        if against or preference or advice.begins not in said:
            return None
        shared = len(said & advice.case)
        if shared >= CLAIM_COVERED * len(advice.case) and shared >= CLAIM_ALONE * len(said):
            return f"The passage calls this wrong: {advice.bad_said[:80]}."
        return None
    if not advice.bad or len(said & advice.case) < CASE_COVERED * len(advice.case):
        return None
    if preference is not None:
        good, bad, _ = preference
        turned = advice.bad <= good | bad and len(advice.bad & good) > 0 and bool(advice.good & bad)
        return _instead(advice) if turned else None
    if against or not advice.bad <= said or (advice.good and 2 * len(advice.good & said) >= len(advice.good)):
        return None
    together = any(
        advice.bad <= part and len(part & advice.case) >= CASE_COVERED * len(advice.case) for part in ours.clauses
    )
    return _instead(advice) if together else None


def _instead(advice: Advice) -> str:
    if advice.good_said:
        return f"The passage chooses {advice.good_said} for this, not {advice.bad_said}."
    return f"The passage says that {advice.bad_said} does not fit this."
