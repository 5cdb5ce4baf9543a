"""Who says whether a claim is supported: the embedded checker, or a chat model (`app.tutor.judge`)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Protocol

from app.tutor.ground import Ground
from app.tutor.judge import Judgement
from app.tutor.reader import shipped_reader
from app.tutor.source import Source
from app.tutor.trees import shipped_model
from app.tutor.types import Verdict

_PREPARED = 16
NO_CLAIM = (Verdict.NOT_CHECKABLE.value, Verdict.ABSTENTION.value)


class Judge(Protocol):
    """Anything that judges claims; ``version`` changes with whatever may change its verdicts."""

    name: str
    version: str

    def judge(self, claim: str, sources: Sequence[Source]) -> Judgement: ...


class CheckerJudge:
    """The embedded sentence check: free, deterministic, no network. It is also what the tutor itself filters with."""

    name = "checker"

    def __init__(self) -> None:
        reader = shipped_reader()
        about = json.dumps(
            [dict(shipped_model().about), dict(reader.about) if reader else None], sort_keys=True, default=str
        )
        self.version = hashlib.sha256(about.encode()).hexdigest()[:12]
        self._prepared: dict[tuple[Source, ...], Ground] = {}

    def judge(self, claim: str, sources: Sequence[Source]) -> Judgement:
        """Return the checker's verdict at its strict operating point."""
        key = tuple(sources)
        ground = self._prepared.get(key)
        if ground is None:
            if len(self._prepared) >= _PREPARED:
                self._prepared.clear()
            ground = self._prepared[key] = Ground(key)
        check = ground.check(claim)
        quote = check.evidence.text if check.evidence else ""
        return Judgement(check.verdict.value, check.support, check.reason, quote)
