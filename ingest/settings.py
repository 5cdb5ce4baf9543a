"""Settings of the library: where it lives, what is taught, which embedder; all from ``TUTOR_…`` variables."""

from __future__ import annotations

from pathlib import Path

from platformdirs import user_data_path
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class LibrarySettings(BaseSettings):
    """Where study material is kept and how it is embedded.

    ``home`` (TUTOR_HOME) holds everything that is written; ``pack`` (TUTOR_PACK) is a shipped pack's
    name or a folder; ``embedder`` (TUTOR_EMBEDDER) is ``minilm`` (the shipped weights), a local folder, a hub id or
    ``bedrock:<model id>``.
    """

    model_config = SettingsConfigDict(env_prefix="TUTOR_", extra="ignore")

    home: Path = Field(default_factory=lambda: user_data_path("exam-tutor", appauthor=False))
    pack: str = "mls_c01"
    embedder: str = "minilm"

    @property
    def library_path(self) -> Path:
        return self.home / "library.sqlite"

    @property
    def index_dir(self) -> Path:
        return self.home / "index"
