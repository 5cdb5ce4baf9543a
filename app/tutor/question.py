"""What a learner wants: the kind of help, the topics, and the question as it stands without its conversation."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from app.tutor.language import is_english
from app.tutor.topics import Topic, Topics
from app.tutor.types import Turn
from ingest.readers import without_invisible
from ingest.words import words

Kind = Literal[
    "greeting", "thanks", "capabilities", "reword", "quiz", "next", "language", "unclear",
    "overview", "compare", "contrast", "define", "when", "which", "number", "list", "why", "how", "yes_no", "other",
]  # fmt: skip
CHAT_KINDS = frozenset({"greeting", "thanks", "capabilities", "reword", "quiz", "next", "language", "unclear"})

_CHAT_PATTERNS: tuple[tuple[Kind, str], ...] = (
    (
        "greeting",
        r"(?:hi+|hello+|hey+|hiya|yo|howdy|greetings|good (?:morning|afternoon|evening|day)|what'?s up|sup)"
        r"(?: there| all| tutor| everyone| bot| friend| again)*(?:[,.!? ]+how are you(?: doing)?(?: today)?)?|how are you"
        r"(?: doing)?(?: today)?|nice to meet you",
    ),
    (
        "thanks",
        r"(?:(?:ok(?:ay)?|great|cool|perfect|awesome|nice)[,.! ]+)?(?:many )?(?:thanks|thank you|thx|ty|cheers|much appreciated)\b.{0,40}"
        r"|(?:ok(?:ay)?|great|cool|perfect|got it|awesome|nice|i see|understood|makes sense|good|bye|goodbye|see you"
        r"|(?:that|this|it) (?:was|is|'s) (?:very |really |so )?(?:helpful|clear|great|useful|good)|that helps?)"
        r"(?:[,.! ]+(?:thanks|thank you|now|then|bye))*",
    ),
    (
        "capabilities",
        r"(?:so )?(?:what (?:can|do) you (?:do|know|offer)(?: for me)?|what can i (?:ask|do)(?: you| here)?(?: about)?|who are you|what are you"
        r"|how (?:do|does) (?:you|this|it)(?: app| tool)? work|help(?: me)?|how can you help(?: me)?|what is this(?: app| tool)?"
        r"|what(?:'s| is) your name|are you (?:a |an )?(?:bot|ai|human|robot|chatgpt|real)\b.{0,20}|menu|commands|(?:what|which) topics (?:do|can) you .{0,20}"
        r"|where do (?:your|the|these) answers come from|where do you get .{0,30}|what do you know(?: about)?)",
    ),
    (
        "reword",
        r"(?:please |can you |could you )*(?:(?:explain|say|put) (?:it|that|this) )?(?:more |much )?(?:simpler|simply|simplify(?: it| that| this)?"
        r"|shorter|easier|in (?:simple|plain|other) (?:words|english|terms)|eli5|like i'?m (?:five|5))(?: please| pls)?|rephrase(?: it| that| this)?",
    ),
    (
        "quiz",
        r"(?:please |can you |could you |let'?s )*(?:quiz|test|examine|drill|grill) (?:me|myself)\b.*|(?:give|ask) me (?:a|an|some|another|\d+) "
        r"(?:practice |exam |quiz |mock )*(?:questions?|quiz(?:zes)?|test)\b.*|(?:start|take) (?:a )?(?:quiz|mock exam|test)\b.*",
    ),
    (
        "next",
        r"(?:so |and |ok )*(?:what|where) (?:should|shall|do|can|would) (?:i|we) (?:read|study|learn|look at|do|review|go)(?: about)? (?:next|now|after (?:this|that))\b.*"
        r"|what(?:'s| is)? (?:next|now)|what (?:to|should i) (?:read|study|learn) (?:next|now|after .+)|next(?: topic| please)?|what else should i (?:read|know|study|learn)\b.*",
    ),
)
_KIND_PATTERNS: tuple[tuple[Kind, str], ...] = (
    (
        "overview",
        r"\b(?:overview|study card|cheat ?sheet|summar(?:y|ise|ize)|recap|crash course|everything (?:about|on)|all (?:i|you) (?:need|should|have) "
        r"to know|key (?:points|facts)|main points)\b",
    ),
    (
        "compare",
        r"\b(?:vs\.?|versus|differ(?:s|ent|ence|ences)?|compar(?:e|ed|es|ing|ison)|distinguish|better than|instead of|rather than|trade-?offs?)\b",
    ),
    (
        "why",
        r"\bwhy\b|\bwhat(?:'s| is) the (?:reason|point|benefit|advantage|purpose)\b|\bpurpose of\b|\bbenefits?\b|\badvantages?\b",
    ),
    (
        "number",
        r"\bhow (?:many|much|long|large|big|small|often|far|fast|old)\b|\b(?:default|maximum|minimum|max|min|limit|quota|range|retention)\b",
    ),
    (
        "list",
        r"\b(?:list|name (?:the|all|some|two|three)|what (?:are|were) the|which (?:\w+ )?(?:types|kinds|formats|options|ways|modes|steps|metrics|hyperparameters|parameters|instance types)|examples? of|types of|kinds of|hyperparameters of|parameters of)\b",
    ),
    (
        "when",
        r"\bwhen\b|\bin (?:which|what) (?:case|cases|situation|situations)\b|\buse cases?\b|\bgood for\b|\bwhat\b.*\bfor\?*$",
    ),
    (
        "which",
        r"\b(?:which|what|wich) (?:\w+[ -]){0,4}(?:service|algorithm|feature|option|tool|model|metric|instance|format|method"
        r"|technique|approach|type|chart|plot|storage|mode|strategy|solution|store|database|test|function|parameter"
        r"|hyperparameter|policy|setting)s?\b|\bwhich\b.*\b(?:should|would|is best|do|can)\b"
        r"|\b(?:how|what) (?:should|can|could|would)\b",
    ),
    ("how", r"\bhow\b|\bwhat happens\b|\bsteps?\b|\beffect\b"),
    (
        "define",
        r"\bwhat(?:'s| is| are| does| do)\b|\bwhats\b|\bdefin(?:e|ition)\b|\bmeaning\b|\bexplain\b|\bdescribe\b|\btell me\b|\bwho is\b",
    ),
    ("yes_no", r"^(?:is|are|was|were|do|does|did|can|could|should|would|will|has|have|must|may)\b"),
)
_CHAT = [(kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in _CHAT_PATTERNS]
_KINDS = [(kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in _KIND_PATTERNS]
_YES_NO = re.compile(r"^(?:can|could|does|do|is|are|will|should)\b", re.IGNORECASE)
_REFERRING = re.compile(
    r"\b(?:it|its|it's|they|them|their|theirs|this|that|these|those|one|ones|the (?:first|second|third|last|other|former|latter)|both|same|there)\b",
    re.IGNORECASE,
)
_CONTINUES = re.compile(
    r"^(?:and|or|but|so|then|also|what about|how about|what if|why|why not|how so|when|more|ok(?:ay)?)\b", re.IGNORECASE
)
_INSTEAD = re.compile(
    r"^(?:and |or |but |ok(?:ay)? |so )*(?:what|how) about\b|^(?:and|or)\b|\binstead\b|^(?:same|the same)\b",
    re.IGNORECASE,
)
_PRONOUN = re.compile(
    r"\b(?:it|they|them|this one|that one|this algorithm|that algorithm|this service|that service|this|that)\b(?!\s+\w+ly)",
    re.IGNORECASE,
)
_POSSESSIVE = re.compile(r"\b(?:its|their)\b", re.IGNORECASE)
_LONGEST_DEFINE = 7
_ORDINALS = {"first": 0, "former": 0, "second": 1, "latter": 1, "third": 2, "last": -1, "other": 1}


@dataclass(frozen=True)
class Question:
    """A question understood: ``standalone`` is what is searched for, ``topics`` what it names."""

    text: str
    standalone: str
    kind: Kind
    topics: tuple[Topic, ...]

    @property
    def is_chat(self) -> bool:
        return self.kind in CHAT_KINDS


def understand(text: str, history: Sequence[Turn], topics: Topics, known_words: frozenset[str]) -> Question:
    """Return what ``text`` asks, after ``history``; any text gives some question."""
    text = " ".join(without_invisible(text).split())
    history = [Turn(turn.role, without_invisible(turn.text)) for turn in history]
    named = tuple(topics.find(text))
    kind = _chat_kind(text, named, known_words)
    if kind is not None:
        return Question(text, text, kind, named)
    mended = topics.mend(text, known_words)
    standalone = make_standalone(mended, history, topics)
    named = tuple(topics.find(standalone))
    return Question(text, standalone, _kind(standalone, named), named)


def make_standalone(text: str, history: Sequence[Turn], topics: Topics) -> str:
    """Return ``text`` with what it takes from the conversation written out.

    "and which instance types?" takes the topic last spoken of; "what about X instead?" keeps the last question
    and changes its topic.
    """
    asked = [turn.text for turn in history if turn.role == "user"]
    if not asked:
        return text
    named = [topic for topic in topics.find(text) if topic.sure]
    content = words(text)
    if named and _INSTEAD.search(text) and len(content) <= len(words(named[0].name)) + 2:
        return _swap_topic(asked, named[0], topics) or text
    detail = bool(_CONTINUES.search(text) and len(content) <= 3) or bool(_YES_NO.search(text) and len(content) <= 1)
    if named and not detail:
        return text
    earlier = _last_topics(history, topics)
    if not earlier:
        return f"{text} ({asked[-1]})" if _leans(text, content) else text
    ordinal = re.search(r"\bthe (first|second|third|last|other|former|latter)\b(?: one)?", text, re.IGNORECASE)
    if ordinal and len(earlier) > 1:
        chosen = earlier[min(_ORDINALS[ordinal.group(1).casefold()], len(earlier) - 1)]
        return text[: ordinal.start()] + chosen.title + text[ordinal.end() :]
    if not _leans(text, content):
        return text
    subject = _subject(earlier, text)
    replaced = _POSSESSIVE.sub(f"{subject}'s", text, count=1)
    if replaced == text:
        replaced = _PRONOUN.sub(lambda _: subject, text, count=1)
    return replaced if replaced != text else f"{text.rstrip(' ?.!')} ({subject})?"


def _leans(text: str, content: list[str]) -> bool:
    """Return whether a question cannot stand without what came before."""
    return bool(_REFERRING.search(text) or _CONTINUES.search(text)) or len(content) <= 2


def _subject(earlier: list[Topic], text: str) -> str:
    both = re.search(r"\b(?:both|they|them|their|either|two)\b", text, re.IGNORECASE)
    return " and ".join(topic.title for topic in earlier[:2]) if both and len(earlier) > 1 else earlier[0].title


def _last_topics(history: Sequence[Turn], topics: Topics) -> list[Topic]:
    """Return the topics of the last question that named any, else of the last answer, in order of mention."""
    said = list(history)
    while said:
        exchange = [said.pop()]
        if exchange[0].role == "assistant" and said and said[-1].role == "user":
            exchange.insert(0, said.pop())
        for turn in exchange:
            found: dict[str, Topic] = {}
            for topic in topics.find(turn.text):
                if topic.sure:
                    found.setdefault(topic.document, topic)
            if found:
                return list(found.values())[: 3 if turn.role == "user" else 1]
    return []


def _swap_topic(asked: Sequence[str], new: Topic, topics: Topics) -> str | None:
    """Return the last question that named a topic, with ``new`` in its place."""
    for question in reversed(asked):
        old = [topic for topic in topics.find(question) if topic.sure]
        if old and old[0].document != new.document:
            return question[: old[0].start] + new.name + question[old[0].end :]
    return None


def _chat_kind(text: str, named: Sequence[Topic], known_words: frozenset[str]) -> Kind | None:
    bare = text.strip(" \t.!?,;:…-–—'\"()")
    if not named and not re.search(r"[^\W\d_]{2}", bare):
        return "unclear"
    for kind, pattern in _CHAT:
        if pattern.fullmatch(bare) and (kind in ("quiz", "next") or not named):
            return kind
    if not is_english(text) and not _mostly_known(text, named, known_words):
        return "language"
    if not words(bare) and not named and len(bare.split()) <= 3:
        return "unclear"
    return (
        "unclear"
        if re.fullmatch(r"(?:h+m+|uh+|um+|eh+|huh|wat|what|asdf\w*|test(?:ing)?|lol|idk|\w)", bare, re.IGNORECASE)
        else None
    )


def _mostly_known(text: str, named: Sequence[Topic], known_words: frozenset[str]) -> bool:
    """Return whether most words beside topic names are words of the material, which is English."""
    for topic in reversed(named):
        text = text[: topic.start] + text[topic.end :]
    tokens = re.findall(r"[^\W\d_]+", text.casefold())
    return sum(token in known_words for token in tokens) > 0.6 * len(tokens) and len(tokens) > 1


def _kind(text: str, named: Sequence[Topic]) -> Kind:
    different = {topic.document for topic in named if topic.sure}
    if (
        len(different) >= 2
        and re.search(r"\b(?:or|vs|versus|between|and)\b", text, re.IGNORECASE)
        and len(words(text)) <= 14
    ):
        return "compare"
    for kind, pattern in _KINDS:
        if pattern.search(text):
            if kind == "define" and len(words(text)) > _LONGEST_DEFINE:
                return "other"
            if kind == "compare" and len({topic.document for topic in named}) < 2:
                return "contrast"
            return kind
    return "define" if named and len(words(text)) <= 4 else "other"
