"""The quiz page: one question at a time by mouse or keyboard, then its explanation; at the end a summary."""

from __future__ import annotations

import streamlit as st

from app.learner.quizzes import Quiz
from app.quiz.blind import display_order
from app.quiz.hints import HINTS, hint
from app.ui import quiz_state, session
from app.ui.quiz_answered import draw_answered
from app.ui.quiz_start import draw_start
from app.ui.quiz_summary import draw_summary
from app.ui.render import inline_html
from app.ui.sidebar import code_label, draw_sidebar, escape_label
from corpus.item import Item


def quiz_page() -> None:
    """Draw the page: the quiz that the address names, else the choice of one."""
    learner = session.current_learner()
    draw_sidebar(learner, None)
    quiz_id = st.query_params.get("quiz")
    quiz = session.quizzes().quiz(quiz_id) if quiz_id else None
    if quiz is None or quiz.learner_id != learner.id:
        st.header("Quiz")
        draw_start(learner)
        return
    st.header(escape_label(quiz.title))
    number = quiz_state.shown_number(quiz)
    if number is None:
        draw_summary(learner, quiz)
        return
    item = quiz.items[number - 1]
    st.progress(len(quiz.attempts) / len(quiz.items), text=f"Question {number} of {len(quiz.items)}")
    st.html(f'<div class="stem"><p>{inline_html(item.stem)}</p></div>')
    attempt = quiz.attempts.get(item.id)
    if attempt is None:
        _draw_open(quiz, item, number)
    else:
        draw_answered(learner, quiz, number, attempt)


def _draw_open(quiz: Quiz, item: Item, number: int) -> None:
    """The options as buttons with the keys 1 to 6, then submit and hints.

    What the buttons do is in callbacks: a key pressed during a second run of the page would be lost.
    """
    order = display_order(item, quiz.seed)
    chosen = quiz_state.chosen_places(len(order))[: len(item.key)]
    for place, index in enumerate(order, 1):
        is_chosen = place in chosen
        st.button(
            code_label(item.options[index].text),
            key=f"option-{item.id}-{index}",
            type="primary" if is_chosen else "secondary",
            icon=":material/check:" if is_chosen else None,
            help="Chosen" if is_chosen else None,
            width="stretch",
            shortcut=str(place),
            on_click=quiz_state.toggle_place,
            args=(number, place, len(order), len(item.key)),
        )
    missing = len(item.key) - len(chosen)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Submit",
            key="submit",
            type="primary",
            disabled=missing > 0,
            shortcut="Enter",
            on_click=_submit,
            args=(quiz, item, number, [item.options[order[place - 1]].text for place in chosen]),
        )
        given = quiz_state.hints_given()
        st.button(
            f"Hint ({HINTS - given} left)",
            key="hint",
            disabled=given >= HINTS,
            shortcut="H",
            on_click=quiz_state.give_hint,
            args=(number,),
        )
        if missing > 0:
            st.caption(f"Choose {missing}{' more' if chosen else ''}: click, or press a number.")
    for shown in range(1, given + 1):
        st.info(escape_label(hint(item, shown, session.exam())), icon=":material/lightbulb:")


def _submit(quiz: Quiz, item: Item, number: int, chosen: list[str]) -> None:
    session.quizzes().answer(quiz.id, item.id, chosen, quiz_state.hints_given())
    quiz_state.show(number)
