"""Whether a phrase is a clause with a verb or a noun with what belongs to it: the two join a sentence differently."""

from __future__ import annotations

import re

_VERB = re.compile(
    r"\b(?:is|are|was|were|be|must|should|may|can|cannot|could|will|has|have|had|needs?|wants?|matters?|counts?|exists?"
    r"|fits?|answers|builds?|overfits?|underfits?|retrains?|leads?|scans?|sends?|cleans?|relies|keeps?|runs?|search(?:es)?"
    r"|leaves?|fails?|drifts?|vanish|use|share|goes|joins?|change|reach|open|make|interact|arrives?|comes?|grows?|asks?"
    r"|read|reads|falls?|rises?|oscillates?|trains?|depends?|evolves|ranks|lies|belongs|stays|follows|holds|loses|contains|remains|becomes|moves|varies|repeats|returns|lands|resembles?|predicts?|knows?|looks?|takes?|cares?)\b"
)
_NOUN_FIRST = re.compile(
    r"^(?:read|use|share|change|search|open|make|count|cost|need|run|train|build)\b", re.IGNORECASE
)


def is_clause(phrase: str) -> bool:
    """Return whether a phrase that may follow *when* has a verb of its own."""
    main = re.split(r"\b(?:that|which|who|where)\b", phrase)[0]
    return bool(_VERB.search(main)) and not _NOUN_FIRST.match(phrase)
