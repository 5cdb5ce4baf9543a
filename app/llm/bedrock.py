"""Models on Amazon Bedrock through the Converse API."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProfileNotFound,
    ReadTimeoutError,
    TokenRetrievalError,
)
from langchain_aws import ChatBedrockConverse

from app.llm.errors import (
    ModelAccessError,
    ModelBusyError,
    ModelCredentialsError,
    ModelError,
    ModelNotFoundError,
    ModelSettingError,
    ModelTimeoutError,
    ModelUnreachableError,
)
from app.llm.model import ChatModel
from app.llm.settings import ModelSettings
from ingest.aws import aws_client

_BUSY = {"ThrottlingException", "TooManyRequestsException", "ServiceUnavailableException", "ModelNotReadyException",
         "InternalServerException", "ModelErrorException", "ModelStreamErrorException"}  # fmt: skip
_EXPIRED = {"ExpiredTokenException", "ExpiredToken", "UnrecognizedClientException", "InvalidSignatureException",
            "InvalidClientTokenId", "SignatureDoesNotMatch", "IncompleteSignature"}  # fmt: skip


def open_model(model_id: str, settings: ModelSettings) -> ChatModel:
    """Return the model with that id, inference profile or ARN; region, profile, endpoint and keys by AWS's chain.

    Raises:
        ModelSettingError: no region or profile is set.
    """
    name = f"bedrock:{model_id}"
    try:
        client = aws_client("bedrock-runtime", read_timeout_s=settings.total_s, attempts=1)
    except BotoCoreError as error:
        raise _translate(name, error) from error
    options: dict[str, Any] = {}
    if settings.bedrock_guardrail:
        options["guardrail_config"] = {
            "guardrailIdentifier": settings.bedrock_guardrail,
            "guardrailVersion": settings.bedrock_guardrail_version,
        }
    if model_id.startswith("arn:"):
        # Without both LangChain would look the profile up, which needs another permission and another endpoint.
        options |= {"provider": _provider_of(model_id), "base_model_id": model_id.rsplit("/", 1)[-1]}
    chat = ChatBedrockConverse(
        client=client,
        model=model_id,
        max_tokens=settings.max_tokens,
        temperature=settings.temperature,
        region_name=client.meta.region_name,
        disable_streaming=False,
        **options,
    )
    chat.disable_streaming = False  # once more: for some ids langchain-aws has set it back
    return ChatModel(name, chat, lambda error: _translate(name, error))


def _provider_of(arn: str) -> str:
    """Return the model's maker as far as the ARN tells; LangChain asks for one beside an ARN."""
    last = arn.rsplit("/", 1)[-1]
    parts = [part for part in last.split(".") if part not in {"us", "eu", "apac", "global", "jp", "au"}]
    return parts[0] if len(parts) > 1 else "amazon"


def _translate(name: str, error: Exception) -> ModelError:
    if isinstance(error, ClientError):
        return _of_service(name, error)
    if isinstance(error, NoRegionError):
        return ModelSettingError("No AWS Region is set; set AWS_REGION, or a region in your AWS profile.")
    if isinstance(error, NoCredentialsError | PartialCredentialsError):
        return ModelCredentialsError("No AWS credentials were found; run aws configure or aws sso login.")
    if isinstance(error, ProfileNotFound):
        return ModelSettingError(f"{error}; choose another one with AWS_PROFILE.")
    if isinstance(error, TokenRetrievalError) or "SSO" in type(error).__name__:
        return ModelCredentialsError("The AWS sign-in has expired; run aws sso login and ask again.")
    if isinstance(error, ReadTimeoutError):
        return ModelTimeoutError(f"{name} took too long; ask again or choose a faster model.")
    if isinstance(error, EndpointConnectionError | ConnectTimeoutError):
        return ModelUnreachableError("Amazon Bedrock cannot be reached; check the network and AWS_REGION.")
    return ModelUnreachableError(f"Amazon Bedrock could not answer ({type(error).__name__}); ask again.")


def _of_service(name: str, error: ClientError) -> ModelError:
    details = error.response.get("Error", {})
    code, message = str(details.get("Code", "")), str(details.get("Message", ""))
    code = code[:1].upper() + code[1:]  # inside a stream the codes begin with a small letter
    if code in _BUSY:
        return ModelBusyError(f"{name} is busy (throttled); wait a moment and ask again.")
    if code == "ServiceQuotaExceededException":
        return ModelAccessError(f"The quota of your AWS account for {name} is used up; ask for a higher one.")
    if code in _EXPIRED:
        return ModelCredentialsError("AWS did not accept the credentials; renew them (aws sso login) and ask again.")
    if code == "AccessDeniedException":
        return ModelAccessError(
            f"Your AWS account may not use {name}; allow bedrock:InvokeModel and model access in the Bedrock console."
        )
    if code == "ModelTimeoutException":
        return ModelTimeoutError(f"{name} took too long; ask again or choose a faster model.")
    if code == "ResourceNotFoundException" or (code == "ValidationException" and "model" in message.casefold()):
        return ModelNotFoundError(
            f"{name} is not in this AWS Region under that id; check the id (some need an inference profile such as"
            " us.<id>) and AWS_REGION."
        )
    return ModelUnreachableError(f"Amazon Bedrock refused the request ({code or 'unknown error'}); try another model.")
