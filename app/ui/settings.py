"""Settings of the pages and of where learner records are kept."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from ingest.settings import LibrarySettings


class UiSettings(LibrarySettings):
    """Settings of the pages beside those of the library.

    ``database_url`` (TUTOR_DATABASE_URL) keeps the learner records elsewhere than in TUTOR_HOME;
    ``stream_pause_ms`` (TUTOR_STREAM_PAUSE_MS) is the pause between streamed sentences.
    """

    model_config = SettingsConfigDict(env_prefix="TUTOR_", extra="ignore")

    database_url: str | None = None
    stream_pause_ms: int = Field(default=60, ge=0, le=5000)
