"""Whether a text is English; the material and its search are."""

from __future__ import annotations

import re
import unicodedata

_FOREIGN = {
    name: frozenset(words.split())
    for name, words in {
        "German": "der die das und ist nicht wie was welche welcher ein eine einen für mit von zu den dem wann warum bitte ich"
        " kann man wird werden sind gibt es zwischen unterschied erkläre wofür benutze soll",
        "Spanish": "el la los las y es no qué cuál cómo cuándo para con de del un una por que en se qué cuáles explica entre"
        " diferencia sirve puedo uso usar debo",
        "French": "le la les et est pas quel quelle quels comment quand pour avec de du des un une dans que qui quoi je peux"
        " pourquoi différence entre explique sert utiliser faut c'est qu'est-ce",
        "Italian": "il lo la gli e è non quale come quando per con di del un una che cosa perché differenza tra spiega usare serve",
        "Portuguese": "o a os as e é não qual como quando para com de do da um uma que por porquê diferença entre explique usar"
        " devo serve quais",
        "Dutch": "de het een en is niet welke hoe wanneer voor met van te dat waarom verschil tussen gebruik kan ik leg uit",
        "Polish": "jest nie co jak kiedy dla z od do to czy jaki jaka jakie różnica między wyjaśnij się w na",
        "Turkish": "nedir nasıl ne zaman için ile ve bir mi mı hangi arasındaki fark açıkla kullanılır",
        "Indonesian": "apa itu bagaimana kapan untuk dengan dan yang dari perbedaan antara jelaskan adalah",
        "Vietnamese": "là gì như thế nào khi cho với và của một sự khác biệt giữa",
    }.items()
}
_ENGLISH = frozenset(
    "the a an is are was what which how when why who does do did can should would of to in for with and or not my i you it"
    " between difference use vs on at by from tell me about explain that this if your be there best no all has have they them where near only first one two many some".split()
)
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")


def is_english(text: str) -> bool:
    """Return False if ``text`` is clearly in another language; short and mixed texts count as English."""
    letters = [char for char in text if char.isalpha()]
    if not letters:
        return True
    foreign = sum(not unicodedata.name(char, "LATIN").startswith(("LATIN", "GREEK", "MICRO")) for char in letters)
    if foreign / len(letters) > 0.3:
        return False
    tokens = [token.replace("’", "'") for token in _WORD.findall(text.casefold())]
    shared = _ENGLISH & frozenset().union(*_FOREIGN.values())
    english = sum(token in _ENGLISH - shared for token in tokens)
    other = max(sum(token in words - shared for token in tokens) for words in _FOREIGN.values())
    if english:
        return other < 2 or other <= english + 1
    return not (other >= 1 and (len(tokens) >= 3 or _accented(text)))


def _accented(text: str) -> bool:
    return any(ord(char) > 127 and char.isalpha() for char in text)
