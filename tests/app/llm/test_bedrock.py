from __future__ import annotations

import pytest
from langchain_core.messages import HumanMessage
from pydantic import BaseModel

from app.llm.errors import (
    ModelAccessError,
    ModelBlockedError,
    ModelBusyError,
    ModelCredentialsError,
    ModelError,
    ModelNotFoundError,
    ModelOutputError,
    ModelSettingError,
    ModelTimeoutError,
)
from app.llm.factory import open_model
from app.llm.model import ChatModel, Limits, Usage, stream_text
from app.llm.settings import ModelSettings
from tests.app.llm.conftest import no_aws
from tests.loopback.bedrock import BedrockServer

NOVA = "bedrock:eu.amazon.nova-lite-v1:0"
QUICK = Limits(first_token_s=5, total_s=10, attempts=1)
ASK = [HumanMessage("Does it need labels?")]


def model(spec: str = NOVA) -> ChatModel:
    opened = open_model(spec, ModelSettings())
    assert opened is not None
    return opened


def test_it_streams_signed_requests_and_counts_tokens(bedrock_server: BedrockServer) -> None:
    usage = Usage()
    pieces = list(stream_text(model(), ASK, QUICK, usage))
    assert pieces == bedrock_server.script.pieces
    assert (usage.input_tokens, usage.output_tokens, usage.attempts) == (120, 2, 1)
    (asked,) = bedrock_server.asked
    assert asked.path.endswith("/converse-stream")
    assert bedrock_server.model_of(asked) == "eu.amazon.nova-lite-v1:0"
    assert asked.json["inferenceConfig"] == {"maxTokens": 700, "temperature": 0}
    assert bedrock_server.unsigned == 0


@pytest.mark.parametrize(
    "model_id",
    [
        "some.model-nobody-knows-v9:0",
        "arn:aws:bedrock:eu-central-1:123456789012:application-inference-profile/abc123",
        "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-sonnet-4-20250514-v1:0",
    ],
)
def test_any_id_streams(bedrock_server: BedrockServer, model_id: str) -> None:
    assert "".join(stream_text(model(f"bedrock:{model_id}"), ASK, QUICK)).startswith("Random Cut Forest")
    assert bedrock_server.asked[0].path.endswith("/converse-stream")
    assert bedrock_server.model_of(bedrock_server.asked[0]) == model_id


def test_a_whole_answer_and_structured_output(bedrock_server: BedrockServer) -> None:
    class Verdict(BaseModel):
        """Whether it holds."""

        holds: bool
        reason: str

    assert model().chat.invoke(ASK).text == "Random Cut Forest is unsupervised. "
    bedrock_server.tool_input = {"holds": True, "reason": "it says so"}
    bedrock_server.other = lambda asked: bedrock_server._whole()  # type: ignore[method-assign]
    found = model("bedrock:anthropic.claude-3-haiku-20240307-v1:0").chat.with_structured_output(Verdict).invoke(ASK)
    assert found == Verdict(holds=True, reason="it says so")
    assert bedrock_server.asked[-1].json["toolConfig"]["tools"][0]["toolSpec"]["name"] == "Verdict"


@pytest.mark.parametrize(
    ("code", "kind", "says"),
    [
        ("ThrottlingException", ModelBusyError, "busy"),
        ("ServiceUnavailableException", ModelBusyError, "busy"),
        ("ExpiredTokenException", ModelCredentialsError, "aws sso login"),
        ("UnrecognizedClientException", ModelCredentialsError, "renew"),
        ("AccessDeniedException", ModelAccessError, "bedrock:InvokeModel"),
        ("ResourceNotFoundException", ModelNotFoundError, "inference profile"),
        ("ServiceQuotaExceededException", ModelAccessError, "quota"),
        ("ModelTimeoutException", ModelTimeoutError, "too long"),
        ("ValidationException", ModelNotFoundError, "AWS_REGION"),
    ],
)
def test_each_service_error_says_what_to_do(
    bedrock_server: BedrockServer, code: str, kind: type[ModelError], says: str
) -> None:
    bedrock_server.error = code
    with pytest.raises(kind, match=says):
        list(stream_text(model(), ASK, QUICK))


def test_throttled_twice_then_answered(bedrock_server: BedrockServer) -> None:
    bedrock_server.script.fault, bedrock_server.script.fail_first = "busy-429", 2
    usage = Usage()
    assert list(stream_text(model(), ASK, Limits(5, 20, 3), usage)) == bedrock_server.script.pieces
    assert usage.attempts == len(bedrock_server.asked) == 3


def test_an_error_in_mid_stream_keeps_what_came_and_is_not_retried(bedrock_server: BedrockServer) -> None:
    bedrock_server.mid_stream = "throttlingException"
    pieces: list[str] = []
    with pytest.raises(ModelBusyError, match="busy"):
        pieces.extend(stream_text(model(), ASK, Limits(5, 20, 3)))
    assert len(bedrock_server.asked) == 1


def test_what_came_before_an_error_in_mid_stream_is_given(bedrock_server: BedrockServer) -> None:
    bedrock_server.mid_stream = "internalServerException"
    stream = stream_text(model(), ASK, QUICK)
    assert next(stream) == "Random Cut Forest is "
    with pytest.raises(ModelError):
        next(stream)


def test_a_guardrail_that_blocks_is_its_own_error(
    bedrock_server: BedrockServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TUTOR_BEDROCK_GUARDRAIL", "gr-1")
    monkeypatch.setenv("TUTOR_BEDROCK_GUARDRAIL_VERSION", "3")
    bedrock_server.script.stop = "guardrail_intervened"
    with pytest.raises(ModelBlockedError, match="guardrail"):
        list(stream_text(model(), ASK, QUICK))
    sent = bedrock_server.asked[0].json["guardrailConfig"]
    assert (sent["guardrailIdentifier"], sent["guardrailVersion"]) == ("gr-1", "3")


def test_a_model_without_temperature_gets_none(bedrock_server: BedrockServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUTOR_TEMPERATURE", "none")
    list(stream_text(model(), ASK, QUICK))
    assert bedrock_server.asked[0].json["inferenceConfig"] == {"maxTokens": 700}


def test_a_cut_at_the_longest_answer_is_said(bedrock_server: BedrockServer) -> None:
    bedrock_server.script.stop = "max_tokens"
    with pytest.raises(ModelOutputError, match="TUTOR_MAX_TOKENS"):
        list(stream_text(model(), ASK, QUICK))


def test_a_wrong_secret_is_refused_by_the_signature(
    bedrock_server: BedrockServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
    with pytest.raises(ModelCredentialsError):
        list(stream_text(model(), ASK, QUICK))
    assert bedrock_server.unsigned == 1


def test_no_region_no_profile_no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    no_aws(monkeypatch)
    with pytest.raises(ModelSettingError, match="AWS_REGION"):
        model()
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    with pytest.raises(ModelSettingError, match="AWS_PROFILE"):
        model()
    monkeypatch.delenv("AWS_PROFILE")
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    with pytest.raises(ModelCredentialsError, match="aws configure"):
        list(stream_text(model(), ASK, QUICK))


def test_a_place_that_is_not_there(bedrock_server: BedrockServer) -> None:
    opened = model()
    bedrock_server.close()
    with pytest.raises(ModelError, match="cannot be reached"):
        list(stream_text(opened, ASK, QUICK))
