"""Three hints to an item, each telling more than the one before, none telling the key."""

from __future__ import annotations

from collections import Counter

from corpus.exam import Exam
from corpus.item import Item

HINTS = 3


def hint(item: Item, number: int, exam: Exam) -> str:
    """Return hint ``number`` (1 to 3): what is tested, the words that decide, an option that can be ruled out.

    Raises:
        ValueError: there is no such hint.
    """
    if number == 1:
        objective = exam.objectives().get(item.objective)
        return f"This tests objective {item.objective}: {objective.text}" if objective else "Read the question again."
    violated = Counter(option.violates for option in item.distractors if option.violates)
    if number == 2:
        return f"These words decide: “{violated.most_common(1)[0][0]}”." if violated else "One requirement decides."
    if number == 3:
        option = item.distractors[0]
        return f"Rule out “{option.text}”: {option.why}"
    raise ValueError(f"there are hints 1 to {HINTS}, not {number}")
