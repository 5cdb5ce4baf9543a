from __future__ import annotations

import pytest

from app.tutor.premise import CORRECTION, correction
from app.tutor.question import Kind, Question


@pytest.mark.parametrize(
    ("kind", "question", "lead"),
    [
        ("why", "Why does a widget need labelled data?", "A widget needs no labelled data."),
        (
            "why",
            "Why does raising the threshold increase recall?",
            "Raising the threshold decreases recall.",
        ),
    ],
)
def test_what_is_wrongly_taken_for_granted_is_said(kind: Kind, question: str, lead: str) -> None:
    assert correction(Question(question, question, kind, ()), lead) == CORRECTION


@pytest.mark.parametrize(
    ("kind", "question", "lead"),
    [
        ("other", "Do widgets need labelled data?", "Widgets need no labelled data."),
        ("other", "widget service open for new customers?", "The widget service is not open for new customers."),
        ("other", "Our data lies on a disk. Copy it to a bucket first?", "No copy of the data to a bucket is needed."),
        ("why", "Why do widgets need no labelled data?", "Widgets need no labelled data."),
    ],
)
def test_a_question_that_leaves_it_open_takes_nothing_for_granted(kind: Kind, question: str, lead: str) -> None:
    assert correction(Question(question, question, kind, ()), lead) is None
