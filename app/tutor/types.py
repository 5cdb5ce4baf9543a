"""The values that travel along the answer path."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, Literal

Role = Literal["user", "assistant"]
AnswerKind = Literal["answer", "refusal", "chat"]
Block = Literal["lead", "detail", "compare", "reworded"]
Span = tuple[int, int]


class Verdict(StrEnum):
    """What the sentence check found; nothing is supported by default."""

    SUPPORTED = "supported"
    UNSUPPORTED = "unsupported"
    CONTRADICTED = "contradicted"
    NOT_CHECKABLE = "not_checkable"
    ABSTENTION = "abstention"


@dataclass(frozen=True)
class Turn:
    """One earlier message of a conversation."""

    role: Role
    text: str


@dataclass(frozen=True)
class Passage:
    """A retrieved chunk: ``text`` is ``document text[start:end]``; ``score`` in [0, 1], higher is closer."""

    id: str
    document: str
    path: str
    title: str
    headings: tuple[str, ...]
    text: str
    start: int
    end: int
    score: float
    url: str | None = None

    @property
    def heading(self) -> str:
        return " › ".join((self.title, *self.headings))


@dataclass(frozen=True)
class Citation:
    """A verbatim ``quote`` = document text[start:end] (code points), numbered ``n`` from 1."""

    n: int
    document: str
    path: str
    heading: str
    quote: str
    start: int
    end: int
    url: str | None = None


@dataclass(frozen=True)
class Sentence:
    """A checked sentence of an answer.

    ``support`` in [0, 1]; ``citations`` are numbers into `Answer.citations`; ``block`` says how to lay it out:
    the short answer first, details as a list, a cell of a comparison (``row`` and ``column`` labels), or a small
    model's wording below the built-in answer. ``passage`` is what a sentence that failed was compared with, as plain
    text; ``said`` in ``text`` and ``given`` in ``passage`` are the spans (code points) that speak against each other.
    """

    text: str
    verdict: Verdict
    support: float
    reason: str = ""
    citations: tuple[int, ...] = ()
    block: Block = "lead"
    row: str = ""
    column: str = ""
    passage: str = ""
    said: Span | None = None
    given: Span | None = None


@dataclass(frozen=True)
class NextStep:
    """A follow-up the learner can ask with one click."""

    label: str
    question: str


@dataclass(frozen=True)
class Answer:
    """An answer: complete, or as far as it has been streamed.

    ``kind`` is ``answer``, ``refusal`` (the material does not hold it) or ``chat`` (a greeting and the like).
    ``withheld`` are sentences that failed the check; a learner sees their number and can open them. ``notice`` says
    what went wrong with the model, if anything did; ``broken`` that it may go on where it broke off. ``tokens`` are those
    of the requests, input and output together, and ``cost_usd`` what they cost where prices are configured.
    """

    question: str
    kind: AnswerKind
    model: str
    sentences: tuple[Sentence, ...] = ()
    citations: tuple[Citation, ...] = ()
    withheld: tuple[Sentence, ...] = ()
    passages: tuple[Passage, ...] = ()
    next_steps: tuple[NextStep, ...] = ()
    standalone_question: str = ""
    timings_ms: dict[str, float] = field(default_factory=dict)
    notice: str = ""
    tokens: int = 0
    cost_usd: float = 0.0
    broken: bool = False

    @property
    def refused(self) -> bool:
        return self.kind == "refusal"

    @property
    def text(self) -> str:
        """The shown sentences as one paragraph, without citation numbers."""
        return " ".join(sentence.text for sentence in self.sentences)


def answer_to_json(answer: Answer, *, passages: bool = False) -> dict[str, Any]:
    """Return ``answer`` as plain JSON data; passages only if asked (they are bulky)."""
    data = asdict(answer)
    if not passages:
        data["passages"] = []
    return data


def answer_from_json(data: dict[str, Any]) -> Answer:
    """Return the answer that `answer_to_json` wrote; unknown keys of newer versions are ignored."""

    def build(kind: Any, value: dict[str, Any]) -> Any:
        known = {name: value[name] for name in kind.__dataclass_fields__ if name in value}
        return kind(**{name: tuple(item) if isinstance(item, list) else item for name, item in known.items()})

    parts: dict[str, Any] = {
        "citations": Citation,
        "passages": Passage,
        "next_steps": NextStep,
    }
    known: dict[str, Any] = {name: data[name] for name in Answer.__dataclass_fields__ if name in data}
    for name, kind in parts.items():
        known[name] = tuple(build(kind, item) for item in data.get(name, ()))
    for name in ("sentences", "withheld"):
        sentences = (build(Sentence, item) for item in data.get(name, ()))
        known[name] = tuple(
            Sentence(**{**asdict(item), "verdict": Verdict(item.verdict), "citations": item.citations})
            for item in sentences
        )
    return Answer(**known)
