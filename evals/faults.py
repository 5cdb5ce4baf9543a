"""True sentences made false by one planted fault: number, unit, name, negation, direction, swapped value.

Two generators that share no word list and no way of changing: one to train the sentence checker (`TRAINING`),
one to test it (`TESTING`), so that a figure does not come from having seen the generator.
"""

from __future__ import annotations

from random import Random

from evals.fault_tools import Context, Fault
from evals.testing_faults import TESTING
from evals.training_faults import TRAINING

__all__ = ["TESTING", "TRAINING", "Context", "Fault", "plant"]


def plant(generator: dict[str, Fault], sentence: str, context: Context, rng: Random) -> dict[str, str]:
    """Return by kind each false sentence that the generator can make of a true one."""
    if sentence.rstrip(" *").endswith(":"):
        return {}  # "Here are the steps:" claims nothing that a fault could make false
    made = {kind: fault(sentence, context, rng) for kind, fault in generator.items()}
    return {kind: text for kind, text in made.items() if text and text != sentence}
