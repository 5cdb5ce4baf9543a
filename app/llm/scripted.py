"""A model that does what a test or a demonstration tells it: echo, fixed text, obedience, or one of twelve faults.

It is never offered to a learner; ``scripted:<what>`` in TUTOR_MODEL is the only way to it. ``what`` is ``echo``,
``obedient``, ``say=<text>`` or the name of a fault.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from typing import Any

from langchain_core.messages import AIMessageChunk, BaseMessage

from app.llm.errors import (
    ModelBusyError,
    ModelCredentialsError,
    ModelError,
    ModelOutputError,
    ModelSettingError,
    ModelUnreachableError,
)
from app.llm.model import ChatModel
from app.llm.settings import ModelSettings
from app.llm.speaking import SpeakingChat

FAULTS = (
    "refused-connection", "busy-429", "unavailable-503", "html-page", "slow-first-token", "stall", "cut-mid-token",
    "malformed-json", "empty", "over-long", "wrong-schema", "expired-credentials",
)  # fmt: skip
_SILENCE_S = 3600.0
_INSTRUCTION = re.compile(
    r"(?:ignore (?:all|any|previous)[^.\n]*|(?:please |now )?(?:say|write|print|output|repeat|reveal|send|open|fetch|delete)\b)[^.\n]*",
    re.IGNORECASE,
)


class ScriptedChat(SpeakingChat):
    """See the module; ``script`` is what stands after ``scripted:``."""

    script: str

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def _speak(
        self, messages: Sequence[BaseMessage], stop: list[str] | None, options: dict[str, Any]
    ) -> Iterator[AIMessageChunk]:
        return (AIMessageChunk(content=piece) for piece in _say(self.script, messages))


def open_model(script: str, settings: ModelSettings) -> ChatModel:
    """Return the scripted model; raises ModelSettingError if there is no such script."""
    known = ("echo", "obedient", *FAULTS)
    if script not in known and not script.startswith("say="):
        raise ModelSettingError(f"There is no script {script!r}; use say=<text> or one of {', '.join(known)}.")
    return ChatModel(f"scripted:{script.split('=')[0]}", ScriptedChat(script=script), _translate)


def _translate(error: Exception) -> ModelError:
    return error if isinstance(error, ModelError) else ModelOutputError(f"The scripted model failed: {error}")


def _say(script: str, messages: Sequence[BaseMessage]) -> Iterator[str]:
    """Yield the answer in pieces of a few characters, or fail as the script says."""
    asked = str(messages[-1].content)
    if script.startswith("say="):
        yield from _pieces(script[4:])
    elif script == "echo":
        yield from _pieces(asked)
    elif script == "obedient":
        yield from _pieces(" ".join(_INSTRUCTION.findall("\n".join(str(m.content) for m in messages))) or asked)
    else:
        yield from _fail(script)


def _fail(fault: str) -> Iterator[str]:
    match fault:
        case "refused-connection":
            raise ModelUnreachableError("There is no model server at that address; start it.")
        case "busy-429":
            raise ModelBusyError("The model is busy; wait a moment and ask again.")
        case "unavailable-503":
            raise ModelBusyError("The model's server is overloaded; ask again.")
        case "expired-credentials":
            raise ModelCredentialsError("The credentials have expired; renew them and ask again.")
        case "html-page":
            yield from _pieces(
                "<!DOCTYPE html><html><body><h1>502 Bad Gateway</h1><script>alert(1)</script></body></html>"
            )
        case "slow-first-token":
            time.sleep(_SILENCE_S)
        case "stall":
            yield from _pieces("Random Cut Forest is an ")
            time.sleep(_SILENCE_S)
        case "cut-mid-token":
            yield from _pieces("Random Cut Forest is an unsuperv")
            raise ConnectionResetError("the connection was closed")
        case "malformed-json":
            yield from _pieces('{"answer": "Random Cut Forest is", "source": [1, ')
        case "wrong-schema":
            yield from _pieces('{"tool": "delete_files", "arguments": {"path": "/"}}')
        case "over-long":
            while True:
                yield "and so on and on "
        case _:  # empty
            return


def _pieces(text: str, size: int = 7) -> Iterator[str]:
    for start in range(0, len(text), size):
        yield text[start : start + size]
