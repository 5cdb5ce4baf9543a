"""Scenes of composed questions, from a pack's ``scenes.yaml``: who asks, and what they work on."""

from __future__ import annotations

import re

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Situation(_Frozen):
    """An organisation and what it does: ``who`` "a regional bank", ``short`` "the bank", ``does`` "keeps loan files".

    ``about`` names the subjects that occur there, ``domains`` the blueprint's domains whose questions it suits (all if
    empty); ``trains``: the organisation trains models of its own.
    """

    who: str
    short: str
    does: str = ""
    about: frozenset[str] = frozenset()
    domains: tuple[str, ...] = ()
    trains: bool = False


class Scenes(_Frozen):
    """The situations of a pack; ``subjects`` are patterns of words by name, ``roles`` who decides by domain.

    ``leads`` say what a decision is about, by the id of its choice set; in them ``{the}`` is the organisation and
    ``{r}`` who decides.
    """

    subjects: dict[str, str] = Field(default_factory=dict)
    roles: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    situations: tuple[Situation, ...] = ()
    leads: dict[str, tuple[str, ...]] = Field(default_factory=dict)

    @field_validator("subjects")
    @classmethod
    def _are_patterns(cls, subjects: dict[str, str]) -> dict[str, str]:
        for name, pattern in subjects.items():
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"the pattern of {name!r} is none: {error}") from error
        return subjects

    @model_validator(mode="after")
    def _are_known(self) -> Scenes:
        unknown = {subject for situation in self.situations for subject in situation.about} - set(self.subjects)
        if unknown:
            raise ValueError(f"no subject is named {', '.join(sorted(unknown))}")
        return self

    def about(self, text: str) -> frozenset[str]:
        """Return the names of the subjects that ``text`` mentions."""
        return frozenset(
            name for name, pattern in self.subjects.items() if re.search(rf"\b(?:{pattern})\b", text, re.IGNORECASE)
        )
