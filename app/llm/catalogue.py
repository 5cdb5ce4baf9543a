"""Local models that `tutor model add` knows by name: small, instruction-tuned, from their makers' own repositories."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Entry:
    """A GGUF file in a model repository at a fixed revision; ``size_bytes`` and ``sha256`` are those of the file."""

    name: str
    repository: str
    revision: str
    file: str
    size_bytes: int
    sha256: str
    licence: str


CATALOGUE = (
    Entry(
        name="qwen2.5-1.5b-instruct",
        repository="Qwen/Qwen2.5-1.5B-Instruct-GGUF",
        revision="91cad51170dc346986eccefdc2dd33a9da36ead9",
        file="qwen2.5-1.5b-instruct-q4_k_m.gguf",
        size_bytes=1_117_320_736,
        sha256="6a1a2eb6d15622bf3c96857206351ba97e1af16c30d7a74ee38970e434e9407e",
        licence="Apache-2.0",
    ),
    Entry(
        name="qwen2.5-coder-1.5b-instruct",
        repository="Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF",
        revision="f86cb2c1fa58255f8052cc32aeede1b7482d4361",
        file="qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
        size_bytes=1_117_320_768,
        sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
        licence="Apache-2.0",
    ),
)


def entry(name: str) -> Entry | None:
    """Return the entry of that name, if there is one."""
    return next((item for item in CATALOGUE if item.name == name), None)
