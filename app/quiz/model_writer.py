"""Items written by a chat model: planned on distinct facts, drafted, audited, solved twice with the book and once without.

What the model says is never trusted: a draft that is no item is mended once, then dropped and counted; an item that
fails the audit is rejected; one on which two open-book solvers do not agree with its key is quarantined. What is left
may be shown.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from langchain_core.messages import BaseMessage

from app.llm.errors import ModelError, ModelOutputError, ModelTimeoutError
from app.llm.model import ChatModel, Limits, Usage, stream_text
from app.quiz.alike import Alike
from app.quiz.audit import audit_item
from app.quiz.bank import Embed, near_duplicates
from app.quiz.draft import Draft, DraftError, Solution, draft_schema, read_json, schema_options, to_item
from app.quiz.proof import Material
from app.quiz.rules import choice_rules
from app.quiz.writer import NEAR_DUPLICATE
from app.quiz.writer_prompts import author_messages, mend_messages, solver_messages
from corpus.item import Item
from corpus.markdown import sections
from corpus.note import Note

_OVER_GENERATE = 4
_GIVE_UP_AFTER = 4
_PASSAGES = 3
_PASSAGE_CHARACTERS = 2500
_SMALL_PASSAGES = 2
_SMALL_PASSAGE_CHARACTERS = 1800
"""What a small model gets: prompt and draft have to fit into its context together."""
_AVOIDED = 6
_MAX_CHARACTERS = 8000
_LOOP = 6
_LOOP_LENGTH = 40


@dataclass(frozen=True)
class ModelWritten:
    """What came of a run.

    ``items`` may be shown; ``quarantined`` has the reason by item; ``guessable`` are ids of items that were solved
    without the passages. ``rejected`` counts by rule, ``dropped`` by what was wrong with the output. ``stopped`` says
    in a sentence why the run ended early, or is empty.
    """

    items: tuple[Item, ...]
    quarantined: dict[Item, str]
    guessable: frozenset[str]
    tried: int
    rejected: dict[str, int]
    dropped: dict[str, int]
    stopped: str
    usage: Usage

    @property
    def pass_rate(self) -> float:
        """Share of the tried facts of which came an item that passed audit and solvers, in [0, 1]."""
        return len(self.items) / self.tried if self.tried else 0.0


@dataclass
class _Run:
    """The counts of a run while it goes on."""

    items: list[Item] = field(default_factory=list)
    quarantined: dict[Item, str] = field(default_factory=dict)
    guessable: set[str] = field(default_factory=set)
    tried: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    dropped: Counter[str] = field(default_factory=Counter)
    usage: Usage = field(default_factory=Usage)
    failed_in_a_row: int = 0


class ModelWriter:
    """Writes items with one chat model over one material."""

    def __init__(self, model: ChatModel, material: Material, limits: Limits, embed: Embed | None = None) -> None:
        self._model = model
        self._material = material
        self._limits = Limits(
            limits.first_token_s, limits.total_s, limits.attempts, min(limits.max_characters, _MAX_CHARACTERS)
        )
        self._embed = embed
        self._alike = Alike(material)

    def write(self, objective: str, count: int, seed: int, seen: Sequence[Item] = ()) -> ModelWritten:
        """Return up to ``count`` items for an objective id or the beginning of one, unlike the items in ``seen``."""
        rng = random.Random(f"{objective}:{seed}")
        run = _Run()
        stopped = ""
        for note, fact in self._plan(objective, rng, seen):
            if len(run.items) == count or run.tried >= count * _OVER_GENERATE:
                break
            run.tried += 1
            try:
                self._write_one(note, fact, objective, run, rng, seen)
            except ModelError as error:
                stopped = str(error)
                break
            except KeyboardInterrupt:
                stopped = "Interrupted; what was finished before is kept."
                break
            if run.failed_in_a_row >= _GIVE_UP_AFTER:
                stopped = f"{self._model.name} failed {_GIVE_UP_AFTER} times in a row; try another model."
                break
        return ModelWritten(
            tuple(run.items), run.quarantined, frozenset(run.guessable), run.tried, dict(run.rejected.most_common()),
            dict(run.dropped.most_common()), stopped, run.usage,
        )  # fmt: skip

    def _plan(self, objective: str, rng: random.Random, seen: Sequence[Item]) -> Iterator[tuple[str, str]]:
        """Yield (note id, fact) such that no fact comes twice or was asked, each note once before any comes twice."""
        asked = {fact for item in seen for fact in _key_facts(item)}
        facts: dict[str, list[str]] = {}
        for note in self._material.notes.values():
            fresh = [plain for plain, quote in self._facts_of(note) if quote not in asked]
            if fresh and any(not objective or f"{o}.".startswith(f"{objective}.") for o in note.meta.objectives):
                facts[note.id] = rng.sample(fresh, len(fresh))
        order = rng.sample(list(facts), len(facts))
        while order:
            for note_id in order:
                yield note_id, facts[note_id].pop()
            order = [note_id for note_id in order if facts[note_id]]

    def _facts_of(self, note: Note) -> list[tuple[str, str]]:
        """Return (readable, verbatim) what a note says about choosing; of a note without that, its sentences."""
        rules = [(rule.plain, _squeezed(rule.proof.quote)) for rule in choice_rules(note) if rule.asks]
        units = [
            unit for part in sections(note.text, note.body_start) for unit in part.units if unit.kind == "sentence"
        ]
        return rules or [(unit.plain, _squeezed(note.text[unit.start : unit.end])) for unit in units]

    def _write_one(
        self, note: str, fact: str, objective: str, run: _Run, rng: random.Random, seen: Sequence[Item]
    ) -> None:
        count = _SMALL_PASSAGES if self._model.is_small else _PASSAGES
        notes = [note, *self._alike.to(note)[: count - 1]]
        passages = self._passages(notes)
        known = [*seen, *run.items, *run.quarantined]
        schema = Draft.model_json_schema()
        avoided = [] if self._model.is_small else [item.stem for item in known[-_AVOIDED:]]
        messages = author_messages(passages, fact, avoided, schema)
        item = self._item(messages, notes, self._objective_of(note, objective), run)
        if item is None:
            return
        flaws = {flaw.rule for flaw in audit_item(item, self._material).flaws}
        if not flaws and self._is_known(item, known):
            flaws = {NEAR_DUPLICATE}
        run.rejected.update(flaws)
        if flaws:
            return
        reason = self._disagreement(item, passages, run, rng)
        if reason:
            run.quarantined[item] = reason
            return
        if self._solved(item, [], run, rng) == _key(item):
            run.guessable.add(item.id)
        run.items.append(item)

    def _objective_of(self, note: str, objective: str) -> str:
        objectives = self._material.notes[note].meta.objectives
        return next(found for found in objectives if not objective or f"{found}.".startswith(f"{objective}."))

    def _passages(self, notes: Sequence[str]) -> list[tuple[str, str]]:
        found = [self._material.notes[note] for note in notes]
        most = _SMALL_PASSAGE_CHARACTERS if self._model.is_small else _PASSAGE_CHARACTERS
        return [(note.meta.title, note.body.strip()[:most]) for note in found]

    def _is_known(self, item: Item, known: Sequence[Item]) -> bool:
        if any(item.id == other.id or _key_facts(item) & _key_facts(other) for other in known):
            return True
        return self._embed is not None and bool(near_duplicates([item], known, self._embed))

    def _item(self, messages: list[BaseMessage], notes: list[str], objective: str, run: _Run) -> Item | None:
        """Return the item that the model drafts, mended once, or None."""
        schema = draft_schema(self._quotable(notes)) if self._model.is_small else Draft.model_json_schema()
        said = self._say(messages, schema, run)
        for attempt in (1, 2):
            if said is None:
                return None
            try:
                draft = read_json(said, Draft)
                item = to_item(draft, notes, objective, self._model.name, self._material)
            except DraftError as error:
                if attempt == 2:
                    self._drop(error.kind, run)
                    return None
                said = self._say(mend_messages(messages, said, str(error)), schema, run)
            else:
                run.failed_in_a_row = 0
                return item
        return None

    def _disagreement(self, item: Item, passages: Sequence[tuple[str, str]], run: _Run, rng: random.Random) -> str:
        """Return why two open-book solvers on shuffled options do not confirm the key, or ""."""
        for number in (1, 2):
            order = rng.sample(range(len(item.options)), len(item.options))
            solution = self._solution(item, order, passages, run)
            if solution is None:
                return f"Solver {number} gave no answer that can be read."
            if _texts(solution.answer, item, order) != _key(item):
                return f"Solver {number} chose {', '.join(sorted(_texts(solution.answer, item, order)))!r}."
            also = _texts(solution.defensible, item, order) - _key(item)
            if also:
                return f"Solver {number} could defend {', '.join(sorted(also))!r} as well."
        return ""

    def _solved(
        self, item: Item, passages: Sequence[tuple[str, str]], run: _Run, rng: random.Random
    ) -> frozenset[str] | None:
        order = rng.sample(range(len(item.options)), len(item.options))
        solution = self._solution(item, order, passages, run)
        return None if solution is None else _texts(solution.answer, item, order)

    def _solution(
        self, item: Item, order: Sequence[int], passages: Sequence[tuple[str, str]], run: _Run
    ) -> Solution | None:
        options = [item.options[i].text for i in order]
        messages = solver_messages(item.stem, options, passages, len(item.key), Solution.model_json_schema())
        said = self._say(messages, Solution.model_json_schema(), run)
        for attempt in (1, 2):
            if said is None:
                return None
            try:
                return read_json(said, Solution)
            except DraftError as error:
                said = (
                    None
                    if attempt == 2
                    else self._say(mend_messages(messages, said, str(error)), Solution.model_json_schema(), run)
                )
        return None

    def _quotable(self, notes: Sequence[str]) -> list[str]:
        """Return the sentences of what is shown of notes, word for word."""
        found = []
        for note in (self._material.notes[note] for note in notes):
            end = note.text.index(note.body.strip()) + _SMALL_PASSAGE_CHARACTERS
            units = [unit for part in sections(note.text, note.body_start) for unit in part.units]
            found += [_squeezed(note.text[unit.start : unit.end]) for unit in units if unit.end <= end]
        return list(dict.fromkeys(found))

    def _say(self, messages: Sequence[BaseMessage], schema: dict[str, Any], run: _Run) -> str | None:
        """Return what the model says, or None if it says nothing of use: empty, cut, too slow, or going in circles.

        Raises:
            ModelError: the model cannot be used at all.
        """
        options = schema_options(self._model.name, schema)
        text = ""
        try:
            for piece in stream_text(self._model, messages, self._limits, run.usage, **options):
                text += piece
                if is_looping(text):
                    self._drop("looping", run)
                    return None
        except ModelTimeoutError:
            self._drop("too slow", run)
            return None
        except ModelOutputError:
            self._drop("empty" if not text else "cut or too long", run)
            return None
        return text

    def _drop(self, why: str, run: _Run) -> None:
        run.dropped[why] += 1
        run.failed_in_a_row += 1


def is_looping(text: str) -> bool:
    """Return whether a text ends in the same 40 characters for the sixth time."""
    return len(text) >= _LOOP * _LOOP_LENGTH and text.count(text[-_LOOP_LENGTH:]) >= _LOOP


def _key(item: Item) -> frozenset[str]:
    return frozenset(option.text for option in item.key)


def _texts(letters: Sequence[str], item: Item, order: Sequence[int]) -> frozenset[str]:
    """Return the option texts behind letters; an unknown letter stands for itself, so that it equals no option."""
    places = ["ABCDEFGH".find(letter.strip().upper()[:1] or "?") for letter in letters]
    return frozenset(
        item.options[order[place]].text if 0 <= place < len(order) else f"?{letter}"
        for place, letter in zip(places, letters, strict=True)
    )


def _key_facts(item: Item) -> set[str]:
    return {_squeezed(proof.quote) for option in item.key for proof in option.proof}


def _squeezed(text: str) -> str:
    return " ".join(text.split())
