"""Settings of the chat model. Keys come from the environment or the platform's own chain and are never printed."""

from __future__ import annotations

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from ingest.settings import LibrarySettings

BUILT_IN = "built-in"


class ModelSettings(LibrarySettings):
    """Which model speaks and how long it may take.

    ``model`` (TUTOR_MODEL): ``built-in``, ``bedrock:<model id or ARN>``, ``openai:<model>``, ``ollama:<model>`` or
    ``local:<name or file.gguf>``; ``judge`` (TUTOR_JUDGE), named alike, is asked about sentences of a chat model where the
    sentence check is in doubt. Bedrock takes region, profile, endpoint and credentials from the standard AWS chain.
    Times in seconds, ``local_total_s`` for local models, which nobody waits for; ``max_tokens`` bounds every answer;
    ``temperature`` is not sent if ``none``, for models that take none. ``daily_tokens`` and ``daily_turns`` are a learner's budget a
    day in UTC (0: none). Prices are US dollars for a million tokens; without them no cost is shown.
    """

    model_config = SettingsConfigDict(
        env_prefix="TUTOR_", extra="ignore", protected_namespaces=(), env_parse_none_str="none"
    )

    model: str = BUILT_IN
    judge: str = BUILT_IN
    openai_base_url: str | None = None
    openai_api_key: SecretStr | None = None
    ollama_url: str = "http://127.0.0.1:11434"
    bedrock_guardrail: str | None = None
    bedrock_guardrail_version: str = "DRAFT"
    temperature: float | None = Field(default=0.0, ge=0, le=2)
    max_tokens: int = Field(default=700, ge=16, le=8192)
    first_token_s: float = Field(default=20.0, gt=0, le=600)
    total_s: float = Field(default=60.0, gt=0, le=1800)
    local_total_s: float = Field(default=180.0, gt=0, le=1800)
    attempts: int = Field(default=3, ge=1, le=3)
    daily_tokens: int = Field(default=0, ge=0)
    daily_turns: int = Field(default=0, ge=0)
    input_usd_per_million: float = Field(default=0.0, ge=0)
    output_usd_per_million: float = Field(default=0.0, ge=0)
