"""A model of the catalogue fetched from the model hub: going on where it stopped, and verified.

Not through the hub's own client: since its version 1 a call that was interrupted begins again at the first byte.
"""

from __future__ import annotations

import os
from pathlib import Path

from app.llm.catalogue import Entry
from app.llm.errors import ModelOutputError, ModelUnreachableError
from app.llm.shelf import LocalModel, Progress, keep, models_dir, sha256_of

PUBLIC_HUB = "https://huggingface.co"
_TIMEOUT_S = 30.0
_TRIES = 3
_BLOCK = 1 << 20


def fetch(entry: Entry, home: Path, endpoint: str | None = None, progress: Progress | None = None) -> LocalModel:
    """Return the model once it is fetched and verified; what was fetched stays for the next try if it breaks off.

    ``endpoint`` is the address of a hub; that of HF_ENDPOINT, or the public one, if not given. ``progress(done, total)``
    counts bytes.

    Raises:
        ModelUnreachableError: the hub cannot be reached, does not have the file, or the connection broke.
        ModelOutputError: the file is not the one of the catalogue; it is deleted.
    """
    part = models_dir(home) / f"{entry.name}.gguf.part"
    part.parent.mkdir(parents=True, exist_ok=True)
    hub = (endpoint or os.environ.get("HF_ENDPOINT") or PUBLIC_HUB).rstrip("/")
    _download(f"{hub}/{entry.repository}/resolve/{entry.revision}/{entry.file}", part, entry, progress)
    if part.stat().st_size != entry.size_bytes or sha256_of(part) != entry.sha256:
        part.unlink()
        raise ModelOutputError(
            f"What came as {entry.name} is not the file of the catalogue; it was deleted, try again."
        )
    source = f"{entry.repository}@{entry.revision[:8]}"
    model = LocalModel(entry.name, f"{entry.name}.gguf", entry.size_bytes, entry.sha256, entry.licence, source)
    return keep(model, part, home)


def _download(url: str, part: Path, entry: Entry, progress: Progress | None) -> None:
    """Append to ``part`` until it is whole, in a few tries."""
    import httpx

    broken: Exception | None = None
    for _ in range(_TRIES):
        if part.is_file() and part.stat().st_size >= entry.size_bytes:
            return
        try:
            _append(url, part, entry.size_bytes, progress)
        except httpx.HTTPError as error:
            broken = error
            if isinstance(error, httpx.HTTPStatusError):
                break
    if broken is not None and (not part.is_file() or part.stat().st_size < entry.size_bytes):
        raise ModelUnreachableError(
            f"{entry.name} could not be fetched ({type(broken).__name__}); check the network and run the same command"
            " again, it goes on where it stopped; or add a file: tutor model add FILE.gguf."
        ) from broken


def _append(url: str, part: Path, size: int, progress: Progress | None) -> None:
    """Fetch what is missing; a server that knows no ranges sends all of it anew."""
    import httpx

    there = part.stat().st_size if part.is_file() else 0
    headers = {"Range": f"bytes={there}-"} if there else {}
    with httpx.stream("GET", url, headers=headers, timeout=_TIMEOUT_S, follow_redirects=True) as response:
        response.raise_for_status()
        done = there if response.status_code == httpx.codes.PARTIAL_CONTENT else 0
        with part.open("r+b" if done else "wb") as file:
            file.seek(done)
            for block in response.iter_bytes(_BLOCK):
                file.write(block)
                done += len(block)
                if progress is not None:
                    progress(done, size)
                if done > size:  # not our file; the check says so
                    return
