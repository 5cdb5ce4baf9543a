"""Text to the words that carry its meaning: lower case, stemmed, without function words."""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache

import Stemmer

_TOKEN = re.compile(r"[^\W_]+(?:[-'’.+/_&][^\W_]+)*")
_PART = re.compile(r"[^\W_]+")

STOP_WORDS = frozenset(
    "a about above after again all also am an and any are aren't as at be because been before being below between both but by"
    " can can't cannot could couldn't did didn't do does doesn't doing don't done down during each either else etc ever every"
    " few for from further get gets give given go goes going got had has hasn't have haven't having he her here hers him his how"
    " however i i'd i'll i'm i've if in instead into is isn't it it's its itself just kind let let's like lot made make makes may"
    " me might mine more most much must my myself need needs neither no nor not of off on once one ones only or other our ours"
    " out over own per please pls put quite rather really same say says she should shouldn't so some something sort still such"
    " suppose take tell than that that's the their theirs them themselves then there there's these they thing things this those"
    " though through thus to too under until up upon us use used uses using very via want wants was wasn't way we well were"
    " weren't what what's whatever when where whether which while who whom whose why will with within without won't would"
    " wouldn't  yes yet you you'd you'll you're you've your yours explain".split()
)
_NUMBER = re.compile(r"\d+(?:\.\d+)+")


@cache
def _stemmer() -> Stemmer.Stemmer:
    return Stemmer.Stemmer("english")


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """Return the stem of a lower-case word."""
    return str(_stemmer().stemWord(word))


def words(text: str, *, keep_stop_words: bool = False) -> list[str]:
    """Return the stems of the words in ``text``, in order, with repeats.

    A hyphenated or dotted compound gives its parts; one with a single letter or digit (``k-means``) also the
    parts run together, so that spellings with and without the hyphen meet.
    """
    found: list[str] = []
    for token in _TOKEN.findall(unicodedata.normalize("NFKC", text).casefold().replace("’", "'")):
        found.extend(_stems(token, keep_stop_words))
    return found


@lru_cache(maxsize=65536)
def _stems(token: str, keep_stop_words: bool) -> tuple[str, ...]:
    """Return the stems that one token stands for."""
    if token in STOP_WORDS and not keep_stop_words:
        return ()
    if _NUMBER.fullmatch(token):
        return (token,)
    parts = _PART.findall(token.replace("'s", ""))
    found = [stem("".join(parts))] if len(parts) > 1 and min(len(part) for part in parts) == 1 else []
    for part in parts:
        if len(parts) > 1 and len(part) == 1 and not part.isdigit():
            continue
        if keep_stop_words or part not in STOP_WORDS:
            found.append(stem(part))
    return tuple(found)
