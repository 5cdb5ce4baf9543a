"""Answers to what is no question about the material: greetings, thanks, what the tutor can do, what to read next."""

from __future__ import annotations

from collections.abc import Sequence

from app.tutor.labels import what_is
from app.tutor.question import Question
from app.tutor.types import Answer, NextStep, Sentence, Verdict
from corpus.exam import Exam


def chat_answer(question: Question, exam: Exam, model: str, read_next: Sequence[str]) -> Answer:
    """Return the answer to a question whose kind is one of `CHAT_KINDS`.

    ``read_next`` are titles to read after what was spoken of, best first.
    """
    steps = tuple(NextStep(text, text) for text in exam.suggested_questions[:3])
    match question.kind:
        case "greeting":
            text = f"Hello! Ask me anything about {exam.name} ({exam.code}), in your own words."
        case "thanks":
            text, steps = "You're welcome. Ask on whenever you like.", ()
        case "next" if read_next:
            text = f"Read next: {_listed(read_next)}."
            steps = tuple(
                NextStep(f"Overview of {title}", f"Give me an overview of {title}") for title in read_next[:3]
            )
        case "next":
            text = "Start with what weighs most: the domain Modeling. These are good first questions."
        case "reword":
            text = (
                "My sentences are quotes from the material, so I cannot reword them. "
                "Ask about one part, or for an overview of the topic; a chat model can say it more simply."
            )
        case "quiz" if question.topics:
            title = question.topics[0].title
            text = f"Questions on {title} are on the Quiz page, and in a terminal with tutor quiz take."
            steps = (NextStep(f"Overview of {title}", f"Give me an overview of {title}"),)
        case "quiz":
            text = "Questions to practise are on the Quiz page, and in a terminal with tutor quiz take."
        case "language":
            text = "I understand English only, because the study material is in English. Please ask in English."
        case "unclear":
            text = "I did not find a question in that. Ask about a service, an algorithm or a concept of the exam."
        case _:
            text = (
                f"I answer questions about {exam.name} from the study material, and show the passage behind each sentence. "
                "I can explain, compare two things, list, say when to use what, give an overview of a topic, and say what to "
                "read next. Where the material does not hold an answer, I say so."
            )
    return Answer(
        question=question.text,
        kind="chat",
        model=model,
        sentences=(Sentence(text, Verdict.NOT_CHECKABLE, 0.0),),
        next_steps=steps,
        standalone_question=question.standalone,
    )


def refusal(question: Question, model: str, nearest: Sequence[str]) -> Answer:
    """Return the honest refusal, naming the titles nearest to the question."""
    sentences = [Sentence("The study material does not hold an answer to that.", Verdict.ABSTENTION, 0.0)]
    if nearest:
        sentences.append(Sentence(f"The nearest topics are {_listed(nearest)}.", Verdict.NOT_CHECKABLE, 0.0))
    return Answer(
        question=question.text,
        kind="refusal",
        model=model,
        sentences=tuple(sentences),
        next_steps=tuple(NextStep(what_is(title), what_is(title)) for title in nearest),
        standalone_question=question.standalone,
    )


def _listed(titles: Sequence[str]) -> str:
    return titles[0] if len(titles) == 1 else f"{', '.join(titles[:-1])} and {titles[-1]}"
