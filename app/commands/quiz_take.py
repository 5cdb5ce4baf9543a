"""``tutor quiz take``: a quiz in the terminal."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import uuid4

from rich.console import Console
from rich.markup import escape

from app.commands.quizzing import check_choices, check_objective, print_item
from app.learner.confused import mixed_up
from app.learner.items import ItemRecords
from app.learner.quizzes import Quiz, QuizRecords
from app.learner.store import LearnerStore, open_store
from app.quiz.audit import audit_item
from app.quiz.blind import display_order
from app.quiz.compose import Composer
from app.quiz.hints import HINTS, hint
from app.quiz.pick import Scope, pick
from app.quiz.proof import Material
from app.ui.settings import UiSettings
from corpus.errors import TutorError
from corpus.item import Item, Option, read_bank
from corpus.pack import find_pack, load_pack

_KEYS = "Type the number of your answer (two numbers where two are asked), h for a hint, q to stop."


@dataclass(frozen=True)
class Wanted:
    """What the quiz is to be about."""

    objective: str = ""
    service: str = ""
    confused: bool = False
    count: int = 10
    seed: int | None = None

    @property
    def title(self) -> str:
        if self.confused:
            return "What I confuse"
        return f"Quiz on {self.objective or self.service}" if self.objective or self.service else "Whole exam"


class _Session:
    """One learner at one terminal."""

    def __init__(self, learner: str | None) -> None:
        settings = UiSettings()
        folder = find_pack(settings.pack)
        self.console = Console()
        self.bank = read_bank(folder)
        self.material = Material.of(load_pack(folder))
        self.store = open_store(settings.home, settings.database_url)
        self.quizzes = QuizRecords(self.store.database)
        self.items = ItemRecords(self.store.database)
        self.items.follow(self.bank)
        self.learner = _learner(self.store, learner)

    def take(self, quiz: Quiz) -> Quiz | None:
        """Ask what is open of a quiz; return it when all is answered, None if the learner stops."""
        self.console.print(f"{escape(quiz.title)}: {len(quiz.items)} questions. {_KEYS}\n")
        for number, item in enumerate(quiz.items, 1):
            if item.id not in quiz.attempts and not self._ask(quiz, number, item):
                return None
        return self.quizzes.quiz(quiz.id)

    def _ask(self, quiz: Quiz, number: int, item: Item) -> bool:
        order = display_order(item, quiz.seed)
        print_item(self.console, item, order, f"Question {number} of {len(quiz.items)}")
        hints = 0
        while True:
            typed = self.read("Your answer: ")
            if typed in {None, "q", "quit"}:
                return False
            if typed in {"h", "hint"}:
                if hints == HINTS:
                    self.console.print("That was the last hint.", style="yellow")
                    continue
                hints += 1
                self.console.print(escape(hint(item, hints, self.material.exam)), style="cyan")
                continue
            chosen = _chosen(typed or "", item, order)
            if chosen is None:
                self.console.print(f"Type {len(item.key)} of the numbers 1 to {len(order)}, h or q.", style="yellow")
                continue
            attempt = self.quizzes.answer(quiz.id, item.id, [option.text for option in chosen], hints)
            self._explain(attempt.item, order, attempt.right)
            return self._go_on(attempt.item)

    def _explain(self, item: Item, order: list[int], right: bool) -> None:
        self.console.print("Right.\n" if right else "Wrong.\n", style="green" if right else "red")
        for option in (item.options[i] for i in order):
            mark = "✓ right" if option.correct else "✗ wrong"
            self.console.print(escape(f"  {mark}: {option.text}. {option.why}"))
        self.console.print()

    def _go_on(self, item: Item) -> bool:
        """Wait for the learner: passages and a report on the way, False to stop."""
        while True:
            typed = self.read("Enter goes on, p shows the passages, r reports the question: ")
            if typed == "p":
                for option in item.options:
                    for proof in option.proof:
                        title = self.material.notes[proof.note].meta.title
                        self.console.print(escape(f"  {option.text} — {title}: “{' '.join(proof.quote.split())}”"))
            elif typed == "r":
                comment = self.read("What is wrong with it? ", lower=False) or ""
                flaws = [flaw.what for flaw in audit_item(item, self.material).flaws]
                self.console.print(escape(self.items.dispute(self.learner, item, comment, flaws)))
            else:
                return typed not in {"q", "quit"}

    def read(self, prompt: str, *, lower: bool = True) -> str | None:
        """Return the line typed, or None at the end of the input."""
        try:
            typed = self.console.input(prompt).strip()
        except (EOFError, KeyboardInterrupt):
            return None
        return typed.casefold() if lower else typed

    def start(self, wanted: Wanted) -> Quiz:
        """Return the last quiz of that title if it is open, else a new one."""
        last = self.quizzes.quizzes(self.learner, 1)
        if last and not last[0].is_done and last[0].title == wanted.title:
            return last[0]
        seed = uuid4().int % 2**31 if wanted.seed is None else wanted.seed
        items = pick(
            self._scope(wanted), wanted.count, seed, bank=[*self.bank, *self.items.generated()], material=self.material,
            composer=Composer(self.material), seen=self.quizzes.seen(self.learner), barred=self.items.barred(self.learner),
        )  # fmt: skip
        if not items:
            check_choices(self.material)
            raise TutorError("There are no questions for this choice; choose something wider.")
        return self.quizzes.start(self.learner, wanted.title, items, seed, uuid4().hex)

    def _scope(self, wanted: Wanted) -> Scope:
        if not wanted.confused:
            return Scope(objective=wanted.objective, service=wanted.service)
        pairs = mixed_up(self.quizzes.attempts(self.learner))
        if not pairs:
            raise TutorError("Nothing was mixed up so far; take another quiz first.")
        return Scope(
            notes=frozenset(note for pair in pairs for note in pair.notes),
            pairs=frozenset(frozenset({pair.key.casefold(), pair.chosen.casefold()}) for pair in pairs),
        )


def run_quiz_take(wanted: Wanted, learner: str | None) -> int:
    """Ask a quiz on the terminal; every answer is stored. Return 0."""
    session = _Session(learner)
    check_objective(wanted.objective, session.material)
    if wanted.service and wanted.service not in session.material.exam.services():
        raise TutorError(f"{wanted.service!r} is no service of this exam; use its full name, such as Amazon S3.")
    quiz = session.start(wanted)
    while True:
        done = session.take(quiz)
        if done is None:
            session.console.print("Stopped. The same command goes on where you stopped.")
            return 0
        session.console.print(f"[bold]{done.right} of {len(done.items)} right.[/bold]")
        for item in done.misses:
            key = "; ".join(option.text for option in item.key)
            session.console.print(escape(f"  missed: {item.stem[:100]}… Key: {key}"))
        if not done.misses or session.read("Retry the misses? (y/n) ") not in {"y", "yes"}:
            return 0
        title = f"Retry: {done.title.removeprefix('Retry: ')}"
        quiz = session.quizzes.start(session.learner, title, done.misses, quiz.seed + 1, uuid4().hex)


def _learner(store: LearnerStore, name: str | None) -> str:
    learners = store.learners()
    if name is None:
        return (learners[0] if learners else store.add_learner("Learner")).id
    known = next((item for item in learners if item.name == name), None)
    return (known or store.add_learner(name)).id


def _chosen(typed: str, item: Item, order: list[int]) -> list[Option] | None:
    numbers = set(typed.replace(",", " ").split())
    if len(numbers) != len(item.key) or not all(n.isdigit() and 1 <= int(n) <= len(order) for n in numbers):
        return None
    return [item.options[order[int(n) - 1]] for n in sorted(numbers)]
