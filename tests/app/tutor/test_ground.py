from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.llm.factory import open_model
from app.llm.model import Limits
from app.tutor.ground import Ground, check_answer, unsupported_score
from app.tutor.judge import JudgeCache, ModelJudge
from app.tutor.source import Source
from app.tutor.types import Verdict

SOURCE = Source(
    "a",
    "Kinesis Data Streams keeps records for 24 hours by default. Retention can be raised to 365 days. "
    "Random Cut Forest is unsupervised and needs no labels. "
    "Raising the threshold increases precision and lowers recall. "
    "Serverless inference accepts payloads of up to 4 MB and does not support GPUs.",
    "Notes",
)
OTHER = Source("b", "Amazon Polly turns text into speech. DeepAR forecasts time series with recurrent networks.")


@pytest.mark.parametrize(
    ("sentence", "verdict"),
    [
        ("Kinesis Data Streams keeps records for 24 hours by default.", Verdict.SUPPORTED),
        ("By default Kinesis Data Streams keeps records for 1 day.", Verdict.SUPPORTED),
        ("Kinesis Data Streams keeps records for 7 days by default.", Verdict.CONTRADICTED),
        ("Random Cut Forest is supervised.", Verdict.CONTRADICTED),
        ("Random Cut Forest needs labels.", Verdict.CONTRADICTED),
        ("Raising the threshold increases recall.", Verdict.CONTRADICTED),
        ("Serverless inference supports GPUs.", Verdict.CONTRADICTED),
        ("Serverless inference accepts payloads of up to 4 GB.", Verdict.CONTRADICTED),
        ("Amazon Forecast keeps records for 24 hours by default.", Verdict.UNSUPPORTED),
        ("The documentation says “records never expire”.", Verdict.UNSUPPORTED),
        ("Penguins live on the ice of Antarctica.", Verdict.UNSUPPORTED),
        ("Does Random Cut Forest need labels?", Verdict.NOT_CHECKABLE),
        ("Hello there!", Verdict.NOT_CHECKABLE),
        ("The material does not say how much this costs.", Verdict.ABSTENTION),
        ("", Verdict.NOT_CHECKABLE),
    ],
)
def test_verdicts(sentence: str, verdict: Verdict) -> None:
    assert Ground([SOURCE, OTHER]).check(sentence).verdict is verdict


def test_the_reason_names_the_fault() -> None:
    check = Ground([SOURCE]).check("Kinesis Data Streams keeps records for 7 days by default.")
    assert "7 days" in check.reason
    assert "24 hours" in check.reason


def test_evidence_is_verbatim() -> None:
    evidence = Ground([SOURCE]).check("Random Cut Forest needs no labels.").evidence
    assert evidence is not None
    assert SOURCE.text[evidence.start : evidence.end] == evidence.text


def test_nothing_is_supported_without_passages() -> None:
    assert Ground([]).check("Random Cut Forest needs no labels.").verdict is Verdict.UNSUPPORTED


def test_one_wrong_sentence_raises_the_score_of_the_answer() -> None:
    good = "Random Cut Forest needs no labels. Retention can be raised to 365 days."
    bad = "Random Cut Forest needs no labels. Retention can be raised to 900 days."
    assert unsupported_score(check_answer(good, [SOURCE])) < 0.2 < unsupported_score(check_answer(bad, [SOURCE]))


def test_spans_of_an_answer_are_exact() -> None:
    answer = "Intro:\n- Random Cut Forest needs no labels. Retention is 365 days.\nDone."
    for span in check_answer(answer, [SOURCE]):
        assert answer[span.start : span.end] == span.text


@pytest.mark.parametrize(
    ("said", "verdict"),
    [
        ('{"quote": "Retention can be raised to 365 days", "verdict": "supported"}', Verdict.SUPPORTED),
        ('{"quote": "no such words", "verdict": "supported"}', Verdict.UNSUPPORTED),
        ('{"quote": "", "verdict": "contradicted", "reason": "it is not so"}', Verdict.CONTRADICTED),
        ("I think so.", Verdict.UNSUPPORTED),
    ],
)
def test_a_second_judge_decides_in_the_grey_band_only(said: str, verdict: Verdict, tmp_path: Path) -> None:
    model = open_model(f"scripted:say={said}")
    assert model is not None
    judge = ModelJudge(model, Limits(), JudgeCache(tmp_path / "judgements.sqlite"))
    doubtful = "Its retention is easy to change."
    assert Ground([SOURCE]).check(doubtful).fault == ""
    assert Ground([SOURCE], second=judge).check(doubtful).verdict is verdict
    sure = Ground([SOURCE], second=judge)
    assert sure.check("Random Cut Forest needs no labels.").verdict is Verdict.SUPPORTED
    assert sure.check("Retention can be raised to 900 days.").verdict is Verdict.CONTRADICTED


@settings(deadline=None)
@given(st.text(max_size=200), st.lists(st.text(max_size=200), max_size=3))
def test_any_text_gets_a_finite_score(sentence: str, passages: list[str]) -> None:
    check = Ground([Source(str(i), text) for i, text in enumerate(passages)]).check(sentence)
    assert 0.0 <= check.support <= 1.0
    assert math.isfinite(unsupported_score(check_answer(sentence, [Source("p", text) for text in passages])))


@settings(deadline=None)
@given(st.permutations([SOURCE, OTHER, Source("c", "Precision is the share of true positives.")]))
def test_the_order_of_passages_does_not_matter(sources: list[Source]) -> None:
    ground = Ground(sources)
    sentences = ("Random Cut Forest needs labels.", "Amazon Polly turns text into speech.", "Recall is 9 percent.")
    assert [(ground.check(s).verdict, ground.check(s).support) for s in sentences] == [
        (Ground([SOURCE, OTHER, Source("c", "Precision is the share of true positives.")]).check(s).verdict,
         Ground([SOURCE, OTHER, Source("c", "Precision is the share of true positives.")]).check(s).support)
        for s in sentences
    ]  # fmt: skip
