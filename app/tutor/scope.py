"""Whether the material holds the answer: several weak signals, weighed by fitted models.

Cosine similarity alone rejects only questions about something else: a question on the right topic that asks for
a detail no note holds is as similar as one that can be answered. What tells them apart is whether the words beyond the
topic's name are covered near it, and what kind of thing is asked, whatever the topic: study notes say when to choose
something, not what it costs. ``python -m evals.fit_scope`` fits the weights on the dev cases.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np

from app.tutor.material import Material, Quotable
from app.tutor.question import Question
from app.tutor.retrieve import Retrieved
from app.tutor.scope_model import Signals, shipped
from ingest.words import words

_NEAREST = 100
_SHARPNESS = 0.05


# What a study note does not hold, whatever its topic.
_FOREIGN = {
    "money": r"price|prices|pricing|dollars?|usd|euros?|bitcoin|gift card|hourly|per hour|wages?|salar(?:y|ies)|earns?|refund|invoice|bill|discount"
    r"|how much (?:does|do|is|are|would|will)\b.*\b(?:costs?|charged?|pay)|cheaper than|market share",
    "people": r"^who (?:is|was|are|did|invented|created|wrote|designed|named|coined|proposed|founded|built|made|teaches|runs|owns|leads|decided)"
    r"|who (?:decided|coined|invented|created|wrote|founded|named)|invent(?:ed|or)|founder|ceo|author|engineer designed|account team"
    r"|which (?:company|companies|customers?|bank|airline|car ?maker|hospital|retailer|startup|university|satellite|team|government)\b",
    "history": r"what year|which year|when (?:was|did)\b(?!.*\b(?:retire|close|end|discontinu|rename)\w*)|first released|release date|release notes|launched"
    r"|announced|re:invent|history of|gets? its name|is .{3,40} called .{2,}|roadmap|next year|discontinue|when will .* (?:be released|come out|launch)",
    "version": r"(?:latest|current|newest|which) (?:\w+ )?(?:version|release)|version number|which docker tag",
    "vendor": r"azure|google|gcp|vertex|bigquery|databricks|confluent|oracle|hashicorp|tableau|power bi|informatica|openai|chatgpt|facebook|github"
    r"|udemy|youtube|whatsapp|excel|sql server|netflix|on windows|windows \d+|ubuntu|macos|mac with|android|arduino|raspberry",
    "code": r"boto3|sdk|cli command|terraform|cloudformation|cdk|arn|iam action|error code|http status|environment variable|exact json|write the"
    r"|argument|in java|parse the|lines of code|written in|programming language|random seed|random number generator|port does",
    "page": r"button|menu|keyboard|shortcut|logo|icon|font|change the theme|dark mode|colou?r (?:of|is)|badge|screenshot|mobile app|uninstall|install|subscribe|mailing list",
    "errand": r"cancel|reschedule|phone (?:number|line)|password|bug report|reset my|dispute|my (?:aws )?account|gift|support line",
    "exam day": r"test cent(?:re|er)|toilet|snacks?|forms of id|identification|dumps?|real (?:exam )?questions|minimum age|grade did you|people passed|which chapter|what page",
    "mathematics": r"derivative|derive|derivation|prove|proof|theorem|closed[- ]form|eigenvalue|time complexity|update equations|exact formula|convergence rate"
    r"|maths behind|compute the",
    "internals": r"internally|under the hood|code path|inside aws|consensus protocol|disk type|memory layout|heap size|square met|training data of|trained (?:amazon|aws)"
    r"|how many parameters|to train (?:amazon |aws )?[A-Z]",
    "trivia": r"in the world|world record|how heavy|airspeed|carbon footprint|working hours|opera|podcast|pronounce\w*|twins|my cat",
    "place": r"gov ?cloud|(?:us|eu|ap|ca|sa|me|af)-(?:gov-)?(?:north|south|east|west|central)\w*-\d|tokyo|seoul|mumbai|singapore|sydney|osaka|jakarta|frankfurt|ireland"
    r"|london|paris|stockholm|milan|zurich|bahrain|dubai|cape town|sao paulo|montreal|canada|ohio|oregon|hong kong|germany|munich|berlin|poland|japan",
    "other exams": r"cloud practitioner|solutions architect|developer associate|sysops|devops engineer|security specialty",
}
_FOREIGN_ANY = re.compile(rf"\b(?:{'|'.join(_FOREIGN.values())})(?!\w)", re.IGNORECASE)


_PRODUCT = re.compile(r"\b(?:AWS|Amazon)\s+([A-Z][\w-]+)")


def in_scope(question: Question, retrieved: Retrieved, material: Material) -> bool:
    """Return whether the material holds an answer, as far as the signals tell.

    An overview or a comparison of topics that are there is always in scope.
    """
    if not retrieved.passages:
        return False
    sure = {topic.document for topic in question.topics if topic.sure}
    found = signals(question, retrieved, material)
    of_pack = _of_fitted_pack(retrieved, material)
    if not (found.foreign and of_pack) and (
        (question.kind == "overview" and sure) or (question.kind == "compare" and len(sure) > 1)
    ):
        return True
    model = shipped().pack if of_pack else shipped().other
    return model.probability(found, question.kind) >= model.threshold


def _of_fitted_pack(retrieved: Retrieved, material: Material) -> bool:
    """Return whether what comes closest is of the pack, and in the vectors, that the weights were fitted with."""
    asked = shipped().asked
    source = material.documents[retrieved.passages[0].document].source
    return (source, material.embedder.name) == (asked.source, asked.embedder)


def signals(question: Question, retrieved: Retrieved, material: Material) -> Signals:
    """Return the signals for a question and what was retrieved for it."""
    asked = _weighed(words(question.standalone), material)
    own_names = {
        word
        for topic in question.topics
        if topic.sure
        for word in words(" ".join((topic.title, topic.name, *material.documents[topic.document].keywords)))
    }
    beyond = [(word, rarity) for word, rarity in asked if word not in own_names]
    units = _units(question, retrieved, material)
    similarities = [float(material.unit_vectors[unit.row] @ retrieved.vector) for unit in units]
    best = max(range(len(units)), key=similarities.__getitem__)
    home = material.chunks_of[units[best].chunk.document]
    at_home = [
        float(material.unit_vectors[u.row] @ retrieved.vector) for chunk in home for u in material.units[chunk.id]
    ]
    said = [set(unit.words) | material.heading_words(unit.chunk) for unit in units]
    nearby = {word for chunk in retrieved.chunks[:3] for word in material.words_of(chunk)}
    residual = max(_covered(beyond, present) for present in said)
    unknown = sum(w not in material.idf for w, _ in beyond) / max(1, len(asked))
    return Signals(
        similarity=max(0.0, retrieved.similarity),
        unit_similarity=max(0.0, similarities[best]),
        standout=max(0.0, max(at_home) - sum(at_home) / len(at_home)),
        coverage=_covered(asked, nearby),
        unit_coverage=max(_covered(asked, present) for present in said),
        corpus_coverage=_covered(asked, material.idf.keys()),
        residual=residual,
        rarest_missing=max((r for w, r in asked if w not in nearby), default=0.0) / material.rarest,
        unknown=unknown,
        beyond_similarity=_beyond_similarity(question, own_names, units, retrieved, material),
        familiar=_familiar(question, material),
        covered=float(bool(own_names) and residual == 1.0 and unknown == 0.0),
        foreign=float(bool(_FOREIGN_ANY.search(question.standalone)) or _names_unknown_service(question, material)),
        length=min(1.0, len(asked) / 15),
        named=float(bool(own_names)),
        **_closeness(retrieved, material),
    )


def _closeness(retrieved: Retrieved, material: Material) -> dict[str, float]:
    """Return the signals that say how much the closest sentence stands out from all others."""
    cosines = np.maximum(material.unit_vectors @ retrieved.vector, 0.0)
    first = min(_NEAREST, len(cosines))
    nearest = np.sort(np.partition(cosines, -first)[-first:])[::-1]
    closest = float(nearest[0])
    alike = float(np.log(np.exp((cosines - closest) / _SHARPNESS).sum()))

    def at(rank: int) -> float:
        return float(nearest[min(rank, first) - 1])

    return {
        "closest": closest,
        "fifth": at(5),
        "ahead": closest - at(2),
        "far_ahead": closest - at(10),
        "very_far_ahead": closest - at(_NEAREST),
        "alike": alike / 10,
    }


def _beyond_similarity(
    question: Question, own_names: set[str], units: list[Quotable], retrieved: Retrieved, material: Material
) -> float:
    """Return the best cosine of a sentence with the question stripped of topic names and function words."""
    kept = [token for token in question.standalone.split() if (stems := set(words(token))) and not stems <= own_names]
    vector = material.embed(" ".join(kept)) if kept else retrieved.vector
    return max(0.0, *(float(material.unit_vectors[unit.row] @ vector) for unit in units))


def _familiar(question: Question, material: Material) -> float:
    asked = shipped().asked
    return asked.familiar(material.embed_text(masked(question))) if asked.embedder == material.embedder.name else 0.5


def masked(question: Question) -> str:
    """Return the standalone question with "it" for each topic that it surely names."""
    text = question.standalone
    for topic in sorted((topic for topic in question.topics if topic.sure), key=lambda topic: -topic.start):
        text = f"{text[: topic.start]}it{text[topic.end :]}"
    return text


def _names_unknown_service(question: Question, material: Material) -> bool:
    """Return whether the question names a product of AWS that the material never mentions."""
    products = _PRODUCT.findall(question.text)
    return any(stems and not set(stems) & material.idf.keys() for stems in map(words, products))


def _units(question: Question, retrieved: Retrieved, material: Material) -> list[Quotable]:
    """Return the units of what was retrieved and of the topics that are named."""
    chunks = {chunk.id for chunk in retrieved.chunks}
    chunks |= {chunk.id for t in question.topics if t.sure for chunk in material.chunks_of[t.document]}
    return [unit for chunk in sorted(chunks) for unit in material.units[chunk]]


def _weighed(stems: Iterable[str], material: Material) -> list[tuple[str, float]]:
    return [(word, material.rarity(word)) for word in dict.fromkeys(stems)]


def _covered(asked: list[tuple[str, float]], present: Iterable[str]) -> float:
    """Return the share of ``asked``, by rarity, that is present; 1 if nothing is asked."""
    there = present if isinstance(present, (set, frozenset)) else set(present)
    total = sum(rarity for _, rarity in asked)
    return sum(rarity for word, rarity in asked if word in there) / total if total else 1.0
