"""Where a learner stands in a quiz: kept in the address, so that a reload, a bookmark or another tab loses nothing.

``q`` is the number of the question shown ("end" for the summary), ``c`` the places of the options chosen so far and
``h`` the hints given. Answers themselves are in the records.
"""

from __future__ import annotations

import streamlit as st

from app.learner.quizzes import Quiz
from app.quiz.hints import HINTS

_END = "end"


def shown_number(quiz: Quiz) -> int | None:
    """Return the number of the question to show, from 1, or None for the summary."""
    asked = st.query_params.get("q", "")
    if asked == _END and quiz.is_done:
        return None
    if asked.isdigit() and 1 <= int(asked) <= len(quiz.items):
        return int(asked)
    following = quiz.next_item
    return None if following is None else quiz.items.index(following) + 1


def show_next(quiz: Quiz, number: int) -> None:
    """Go on from question ``number``: to the next one without an answer, or to the summary."""
    after = [*quiz.items[number:], *quiz.items[:number]]
    following = next((item for item in after if item.id not in quiz.attempts), None)
    show(None if following is None else quiz.items.index(following) + 1)


def show(number: int | None) -> None:
    """Show a question by its number, or the summary."""
    st.query_params["q"] = _END if number is None else str(number)
    for name in ("c", "h"):
        st.query_params.pop(name, None)


def chosen_places(options: int) -> list[int]:
    """Return the places (from 1) of the options chosen so far, in the order of choosing."""
    places = [int(part) for part in st.query_params.get("c", "").split("-") if part.isdigit()]
    return [place for place in dict.fromkeys(places) if 1 <= place <= options]


def toggle_place(number: int, place: int, options: int, wanted: int) -> None:
    """Choose or unchoose an option of question ``number``; of too many the first is dropped."""
    chosen = chosen_places(options)
    chosen = [p for p in chosen if p != place] if place in chosen else [*chosen, place][-wanted:]
    st.query_params["q"] = str(number)
    st.query_params["c"] = "-".join(map(str, chosen))


def hints_given() -> int:
    """Return how many hints were given to the question shown."""
    given = st.query_params.get("h", "0")
    return min(HINTS, int(given)) if given.isdigit() else 0


def give_hint(number: int) -> None:
    """Give one hint more to question ``number``."""
    st.query_params["q"] = str(number)
    st.query_params["h"] = str(min(HINTS, hints_given() + 1))
