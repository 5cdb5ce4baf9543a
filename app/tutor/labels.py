"""How a topic's title reads in a question about it."""

from __future__ import annotations

import re

_REST = re.compile(r" (?=(?:of|for|to|in|with|by|on|from)\b|\()")
_ONE_THING = re.compile(r"(?:ss|us|is|bias|means|pandas|kubernetes|matics|metics)$", re.IGNORECASE)
"""Words that end in s and are one thing."""
_DOING = re.compile(r"(?:Comparing|Choosing|Handling|Preparing|Reading|Rightsizing|Selecting|Testing|Writing)\b")
_NAME = re.compile(r"(?:Amazon|AWS|Apache|Bayesian|Gaussian|Poisson|Docker|Spark)\b|[^ ]+[A-Z0-9]|.* [A-Z][a-z]")
_PRODUCT = re.compile(r"(?:Amazon|AWS) .*\band (?!Amazon|AWS)[A-Z]")


def what_is(title: str) -> str:
    """Return the question what a title names: "What are random forests?" where that is several things.

    Several things end in a small word with an s, or are joined by *and*; the name of a product is one thing.
    """
    head = _REST.split(title, maxsplit=1)[0]
    last = head.rsplit(" ", 1)[-1]
    is_plural = (
        last.endswith("s") and not _ONE_THING.search(last) and (last.islower() or last == head or last[:-1].isupper())
    )
    if _DOING.match(head) or _PRODUCT.match(head) or not (is_plural or " and " in head):
        return f"What is {title}?"
    return f"What are {title if _NAME.match(title) else title[:1].lower() + title[1:]}?"
