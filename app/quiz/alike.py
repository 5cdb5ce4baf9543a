"""Which notes are most alike, by the rarity of the words they share."""

from __future__ import annotations

import numpy as np

from app.quiz.proof import Material
from ingest.words import words

_ALIKE_FROM = 0.12
"""Cosine of two notes' words from which they are about related things."""


class Alike:
    """The likeness of the notes of a material."""

    def __init__(self, material: Material) -> None:
        from sklearn.feature_extraction.text import TfidfVectorizer

        self._ids = list(material.notes)
        bodies = [material.notes[note].body for note in self._ids]
        self._vectors = TfidfVectorizer(analyzer=words, sublinear_tf=True).fit_transform(bodies)

    def to(self, note: str) -> list[str]:
        """Return the ids of the notes most like the one of that id, the most alike first."""
        here = self._ids.index(note)
        likeness = np.asarray((self._vectors @ self._vectors[here].T).todense()).ravel()
        order = np.argsort(-likeness, kind="stable")
        return [self._ids[i] for i in order if i != here and likeness[i] >= _ALIKE_FROM]
