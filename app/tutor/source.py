"""A text that may license sentences."""

from __future__ import annotations

from dataclasses import dataclass

from corpus.markdown import Unit, sections


@dataclass(frozen=True)
class Source:
    """A text that may license sentences; words of ``heading`` count as said in each of its sentences.

    ``units`` are the sentences and rows of ``text`` where they are known already, spans counted from ``offset``.
    """

    id: str
    text: str
    heading: str = ""
    units: tuple[Unit, ...] = ()
    offset: int = 0


def units_of(source: Source) -> tuple[Unit, ...]:
    """Return the sentences and rows of a source."""
    return source.units or tuple(unit for section in sections(source.text) for unit in section.units)
