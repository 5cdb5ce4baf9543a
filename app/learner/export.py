"""A conversation as Markdown that one can keep or send."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from app.learner.store import Conversation, Message
from app.tutor.types import Answer, Sentence

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~$!])")


def conversation_markdown(conversation: Conversation, messages: Sequence[Message]) -> str:
    """Return the conversation with its citations and quotes; everything said is escaped, so it stays text."""
    lines = [f"# {escape(conversation.title)}", "", f"Started {conversation.created_at:%Y-%m-%d %H:%M} UTC.", ""]
    for message in messages:
        if message.role == "user":
            lines += ["## Question", "", escape(message.text), ""]
        else:
            lines += ["## Answer", "", *_answer(message)]
    return "\n".join(lines).rstrip() + "\n"


def escape(text: str) -> str:
    """Return ``text`` as Markdown that shows exactly these characters, on one line."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def _answer(message: Message) -> Iterable[str]:
    if message.answer is None:
        yield from ("The answer was interrupted before its first sentence.", "")
        return
    for sentence in message.answer.sentences:
        yield _sentence(sentence)
    yield ""
    if message.answer.notice:
        yield from (escape(message.answer.notice), "")
    yield from _citations(message.answer)
    if message.state != "complete":
        yield from (f"The answer was {'stopped' if message.state == 'stopped' else 'interrupted'} here.", "")


def _sentence(sentence: Sentence) -> str:
    numbers = "".join(f" \\[{n}\\]" for n in sentence.citations)
    label = f"{escape(sentence.row)}: " if sentence.row else "Reworded: " if sentence.block == "reworded" else ""
    column = f"{escape(sentence.column)} — " if sentence.column else ""
    mark = "" if sentence.block == "lead" else "- "
    return f"{mark}{column}{label}{escape(sentence.text)}{numbers}" + ("\n" if sentence.block == "lead" else "")


def _citations(answer: Answer) -> Iterable[str]:
    for citation in answer.citations:
        yield f"> \\[{citation.n}\\] {escape(citation.heading)}: “{escape(citation.quote)}”"
        yield ">"
    if answer.citations:
        yield ""
