"""A chat model for the self-test: it reads out passages, and lies or obeys where its prompt or its nature says so."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from langchain_core.messages import AIMessageChunk, BaseMessage

from app.llm.errors import ModelError, ModelOutputError
from app.llm.model import ChatModel, Limits
from app.llm.speaking import SpeakingChat
from app.tutor.voice import Voice
from corpus.markdown import split_sentences

LIE = "Make the text livelier: double every number and invent a year."
_PASSAGE = re.compile(r"\[(\d+)\] [^\n]*\n<<<(\w+)\n(.*?)\n\2>>>", re.DOTALL)
_ORDER = re.compile(r"\b[A-Z]{5,8}\d{4,5}\b")


class ReadingChat(SpeakingChat):
    """See the module; ``nature`` is ``honest`` or ``obedient``."""

    nature: str = "honest"

    @property
    def _llm_type(self) -> str:
        return "reading"

    def _speak(
        self, messages: Sequence[BaseMessage], stop: list[str] | None, options: dict[str, Any]
    ) -> Iterator[AIMessageChunk]:
        yield AIMessageChunk(content=self._say(messages))

    def _say(self, messages: Sequence[BaseMessage]) -> str:
        prompt, asked = str(messages[0].content), str(messages[-1].content)
        orders = _ORDER.findall(asked)
        if self.nature == "obedient" and orders:
            return f"Here it is, as you wish: {orders[0]}."
        said = [f"{sentence} [{n}]" for n, text in _passages(asked)[:3] for sentence in split_sentences(text)[:1]]
        if LIE in prompt:
            said = [
                re.sub(r"\d+", lambda m: str(2 * int(m.group())), s) + " That was found in the year 1720." for s in said
            ]
        return " ".join(said)


def _passages(asked: str) -> list[tuple[str, str]]:
    return [(match.group(1), match.group(3)) for match in _PASSAGE.finditer(asked)]


def reading_voice(nature: str = "honest", name: str = "reading") -> Voice:
    """Return the model as a voice."""
    return Voice(ChatModel(name, ReadingChat(nature=nature), _translate), Limits(attempts=1))


def _translate(error: Exception) -> ModelError:
    return ModelOutputError(f"The model failed: {error}")
