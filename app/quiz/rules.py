"""What the notes say about choosing: rules "choose A for this, B instead for that", read with the spans that say so.

Two places of a note hold such rules: bullets that begin with "Choose …", "Use …", "Lower …" and the like, and tables whose columns pair a need with
what answers it. Composed items are built on them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from corpus.clause import is_clause
from corpus.item import Proof
from corpus.markdown import Unit, sections
from corpus.note import Note
from ingest.words import words

Link = Literal["when", "for", "to", "is"]
"""How a need joins a sentence: a clause after *when*, a noun after *for*, a verb after *to*, or words that stand alone."""

_ACTIONS = (
    "Raise|Lower|Add|Set|Request|Retry|Remove|Keep|Put|Limit|Test|Reduce|Start|Stop|Split|Increase|Decrease|Freeze|Clip"
    "|Collect|Encrypt|Deny|Restrict|Attach|Place|Enable|Run|Store|Train|Retrain|Compare|Scale|Review|Ask"
)
_BULLET = re.compile(
    rf"(?P<verb>Choose|Think of|Use|{_ACTIONS}) (?P<choose>.+?)(?: instead of (?P<instead>.+?))?"
    r" (?P<link>when|if|for(?! Lustre| Apache| Metrics)|to) (?P<need>.+?)\.?$"
)
_ASIDE = re.compile(r", (?:such as|for example|which|also called|one of|that is)\b.*$")
_TAIL = re.compile(
    r",? because\b.*$|, (?:since|so that|which)\b.*$|[;:] .*$"
    # A second case needs an item of its own: "… or when the same platform must run outside AWS".
    r"|,? (?:and|or) (?:to|for|when|if)\b.*$"
)
_PART_OF_SENTENCE = re.compile(r" (?:first|alone)$")
"""What a name takes along from its sentence: "Choose CloudWatch metrics alone instead of …"."""
_PURPOSE_WITH_CASE = re.compile(r"^(?P<about>[^,]{3,60}?) (?:when|if) (?P<case>.+)$")
_NO_OPTION = re.compile(
    r"[,;:?]|^(?:to|plain|own|an own|one larger|nothing) | or | which | that |\bboth\b|\bin an old\b| in addition$"
    r"|^Amazon SageMaker$|\bclosed\b",
    re.IGNORECASE,
)
_NEED_FIRST = re.compile(
    r"^(?:need|problem|task|situation|symptom|sign|question|risk|threat|goal|traffic|cost that|measured|missing|error"
    r"|effort|user$|work$|business|step of|data$|cue words)",
    re.IGNORECASE,
)
_NEED_LAST = re.compile(
    r"^(?:choose the|effect|use$|purpose|meaning|role$|what |describes|made for|suits|used for|restricts|best for"
    r"|typical use|question|reacts|good for|holds|idea|task$|raise it|changes)",
    re.IGNORECASE,
)
_ANSWER = re.compile(r"(?:remedy|choice|answer|tool|service|way|endpoint|likely cause|loss|step)\b", re.IGNORECASE)
_VAGUE_KIND = re.compile(
    r"^(?:better than|what the|area|part$|kind$|variant$|weeks|pitfall|where to look|phase|way$|change$|auc$|answer"
    r"|choice|store$|feature$|product|user|question|cheapest|fitting|tool without)",
    re.IGNORECASE,
)
_FOR_HEADING = re.compile(
    r"^(?:typical use|use$|used for|best for|good for|suits|made for|choose the \w+ for|what the job)",
    re.IGNORECASE,
)
_TO_SHOW = re.compile(r"^choose the .+ to (?P<verb>\w+)$", re.IGNORECASE)
_SEVERAL = re.compile(r"\b[A-Z][\w-]+ (?:or [A-Z][\w-]+ )?for\b")
"""Another choice inside the need: "for clustering and PCA for fewer columns"."""
_CLOSED = re.compile(r"\bclosed to new\b|\bno longer\b|\bretired\b|\bdiscontinued\b")
_POINTS_ELSEWHERE = re.compile(r"\b(?:it|they|them|this|these|those|above|the bend|a bend)\b|\?", re.IGNORECASE)
"""Words that mean something outside the phrase, which a stem does not hold."""
_CUT_LIST = re.compile(r", (?:for(?! example)|or where|or for)\b")
"""Several purposes in a row, of which the last was cut off: "for training, for batch processing [and for tests]"."""
_PROPER = re.compile(r"(?:Hive|Hadoop|Spark|Apache|Athena|Kubernetes|Docker|Flink|Kinesis|Pandas|Parquet)\b")
_BRANDS = frozenset(words("Amazon AWS"))
_LONGEST_NAME = 8
_NEED_WORDS = (4, 30)


@dataclass(frozen=True)
class ChoiceRule:
    """``choose`` is right where ``need`` is given; ``instead`` is what it is to be taken instead of, or empty.

    ``kind`` names what is chosen ("hyperparameter of XGBoost") where a table's heading says it; ``group`` is shared
    by the rows of one table. ``about`` is the work for which the need decides: in "for ETL when the code exists", ETL.
    Without ``asks`` a rule says what its choice is for, and no question can be built on it.
    """

    note: str
    choose: str
    need: str
    link: Link
    plain: str
    proof: Proof
    instead: str = ""
    kind: str = ""
    group: str = ""
    about: str = ""
    asks: bool = True

    @property
    def case(self) -> str:
        """The need with the work for which it decides."""
        return f"{self.about} {self.need}" if self.about and not self.group else self.need


def choice_rules(note: Note) -> tuple[ChoiceRule, ...]:
    """Return the rules that a note states, bullets first; those with ``asks`` can be asked about."""
    units = [unit for part in sections(note.text, note.body_start) for unit in part.units]
    bullets = [rule for unit in units if unit.kind == "sentence" for rule in _of_bullet(note, unit)]
    return (*bullets, *_of_tables(note, [unit for unit in units if unit.kind == "row"]))


def _of_bullet(note: Note, unit: Unit) -> Iterator[ChoiceRule]:
    match = _BULLET.match(unit.plain)
    if match is None or _CLOSED.search(unit.plain):
        return
    need, about = _TAIL.sub("", match["need"]), ""
    link: Link = "when" if match["link"] in ("when", "if") else "for" if match["link"] == "for" else "to"
    if link == "for" and (split := _PURPOSE_WITH_CASE.match(need)):
        link, about, need = "when", split["about"], split["case"]
    choose, instead = (
        _PART_OF_SENTENCE.sub("", _ASIDE.sub("", match[part] or "").strip()) for part in ("choose", "instead")
    )
    if is_action(match["verb"]):
        choose = f"{match['verb']} {choose}"
    asks = (
        not _SEVERAL.search(match["need"])
        and not (instead and not is_name(instead))
        and is_need(f"{about} {need}".strip(), (choose, instead))
    )
    if len(choose.split()) <= _LONGEST_NAME:
        yield ChoiceRule(note.id, choose, need, link, unit.plain, _proof(note, unit), instead, about=about, asks=asks)


def _of_tables(note: Note, rows: Iterable[Unit]) -> Iterator[ChoiceRule]:
    """Yield rules from tables; the heading decides which column is the need and which is chosen."""
    for row in rows:
        header = _header(note.text, row.start)
        cells = _cells(note.text[row.start : row.end])
        if len(header) != len(cells) or len(cells) < 2:
            continue
        answer = _answer_column(header)
        if _NEED_FIRST.match(header[0]) and answer is not None:
            need, choose, asked, kind = cells[0], cells[answer], header[0], header[answer]
        elif _NEED_LAST.match(header[-1]):
            need, choose, asked, kind = cells[-1], cells[0], header[-1], header[0]
        else:
            continue
        kind = re.sub(r" that .*", "", lower_first(kind))
        need = re.sub(r"^(?:is|are) ", "", need.rstrip("."))
        if (
            need.count(",") > 2
            or _CLOSED.search(row.plain)
            or _VAGUE_KIND.match(kind)
            or not is_name(choose)
            or not is_need(need, (choose,))
        ):
            continue
        link = _link_of(asked, need)
        if (shown := _TO_SHOW.match(asked)) is not None:
            link, need = "to", f"{shown['verb']} {lower_first(need)}"
        yield ChoiceRule(
            note.id, choose, need, link, _said(choose, need, asked, link), _proof(note, row), kind=kind,
            group=f"{note.id}|{'|'.join(header)}", about=lower_first(asked), asks=link != "is",
        )  # fmt: skip


def _link_of(heading: str, need: str) -> Link:
    """Return how a need reads that stands under ``heading``: after *when*, after *for*, or on its own."""
    if re.search(r"\bwhen$", heading):
        return "when" if is_clause(need) else "for"
    return "for" if _FOR_HEADING.match(heading) else "is"


def _said(choose: str, need: str, heading: str, link: Link) -> str:
    """Return a row of a table as a sentence of the cells that count."""
    if link in ("when", "to") or heading.endswith("when"):
        return f"Choose {choose} {link} {lower_first(need)}."
    return f"{choose} – {lower_first(heading)}: {need}."


def _answer_column(header: list[str]) -> int | None:
    """Return which column answers the need in the first one: one that is headed so, else the only other one."""
    fitting = [i for i, name in enumerate(header) if i and _ANSWER.match(name)]
    return fitting[0] if fitting else 1 if len(header) == 2 else None


def _header(text: str, row_start: int) -> list[str]:
    lines = text[:row_start].splitlines()
    for line, below in zip(reversed(lines[:-1]), reversed(lines), strict=False):
        if re.fullmatch(r"\s*\|[-| :]+\|\s*", below):
            return _cells(line)
        if not below.lstrip().startswith("|"):
            break
    return []


def _cells(row: str) -> list[str]:
    return [re.sub(r"[`*]", "", cell).strip() for cell in re.split(r"(?<!\\)\|", row.strip().strip("|"))]


def _proof(note: Note, unit: Unit) -> Proof:
    return Proof(note=note.id, quote=note.text[unit.start : unit.end])


def is_action(text: str) -> bool:
    """Return whether an option says what to do ("Lower the learning rate") instead of naming a thing."""
    return re.match(rf"(?:{_ACTIONS})\b", text) is not None


def is_name(text: str) -> bool:
    """Return whether a phrase can stand as an option: short, one thing, no clause."""
    return 0 < len(text.split()) <= _LONGEST_NAME and not _NO_OPTION.search(text)


def is_need(text: str, names: Iterable[str]) -> bool:
    """Return whether a phrase can stand in a stem: of fair length, and without the name of what is to be chosen."""
    low, high = _NEED_WORDS
    if not low <= len(text.split()) <= high or _POINTS_ELSEWHERE.search(text) or _CUT_LIST.search(text):
        return False
    said = set(words(text))
    return all(not (own := set(words(name))) or len(own & said) < max(1, len(own) / 2) for name in names if name)


def name_key(name: str) -> str:
    """Return a name without what makes no difference: case, articles, endings, the brand."""
    said = words(name)
    return " ".join([word for word in said if word not in _BRANDS] or said)


def share_said(need: str, text: str) -> float:
    """Return the share of the words of ``need`` that ``text`` says, in [0, 1]."""
    wanted = set(words(need))
    return len(wanted & set(words(text))) / max(1, len(wanted))


def lower_first(text: str) -> str:
    """Return a heading as it reads inside a sentence: a capital stays where it belongs to a name."""
    first = text.split(" ", 1)[0]
    is_proper = (
        _PROPER.match(first) is not None
        or first.startswith(("Amazon", "AWS", "SageMaker"))
        or not first[1:].islower()
        or first.endswith("'s")
    )
    return text if is_proper else text[:1].lower() + text[1:]
