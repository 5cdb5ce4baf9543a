"""Text to unit vectors: all-MiniLM-L6-v2 from its shipped weights, or another sentence-transformers model.

Documents are embedded with PyTorch in large batches; single texts with ONNX Runtime on an export of the
same weights, because importing PyTorch costs more than the answer. Questions put to the material are embedded by the
shipped weights with small changes that bring a question nearer to the sentences that answer it (`ingest.question_tuning`);
documents are not, so the changes need no new index.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from langchain_core.embeddings import Embeddings

from ingest.adapter import read_changes
from ingest.errors import EmbedderError
from ingest.minilm import MINILM_SHA256, file_sha256, minilm_folder

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from tokenizers import Tokenizer

SHIPPED = "minilm"
QUESTION_ADAPTER = Path(__file__).with_name("question_adapter.safetensors")
MAX_INPUT_TOKENS = 256
_BATCH = 32

Progress = Callable[[int, int], None]


class Embedder(Protocol):
    """What ingest and retrieval need of an embedder; vectors have length 1, ``name`` tells models apart."""

    name: str

    def embed_documents(self, texts: list[str], progress: Progress | None = None) -> list[list[float]]: ...
    def embed_query(self, text: str) -> list[float]: ...
    def embed_question(self, text: str) -> list[float]: ...
    def count_tokens(self, text: str) -> int: ...
    def prepare_queries(self) -> None: ...


class SentenceEmbedder(Embeddings):
    """Embeddings of one sentence-transformers model; vectors are float32 of length 1.

    ``name`` identifies model and weights; it is part of an index generation's name, so that vectors of
    different models never mix. ``adapter`` is a file of changes to the weights; ``questions`` embeds questions in
    the place of this one.
    """

    def __init__(
        self,
        model: str,
        name: str,
        folder: Path | None,
        onnx_path: Path | None,
        adapter: Path | None = None,
        questions: SentenceEmbedder | None = None,
    ) -> None:
        self._model_id = model
        self.name = name
        self._folder = folder
        self._onnx_path = onnx_path
        self._adapter = adapter
        self._questions = questions

    def embed_documents(self, texts: list[str], progress: Progress | None = None) -> list[list[float]]:
        """Return a vector per text, in order; ``progress(done, total)`` is called after each batch."""
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        vectors: list[list[float]] = [[] for _ in texts]
        for first in range(0, len(order), _BATCH):
            batch = order[first : first + _BATCH]
            encoded = self._torch.encode([texts[i] for i in batch], normalize_embeddings=True, show_progress_bar=False)
            for i, vector in zip(batch, encoded, strict=True):
                vectors[i] = [float(x) for x in vector]
            if progress is not None:
                progress(min(first + _BATCH, len(order)), len(order))
        return vectors

    def embed_query(self, text: str) -> list[float]:
        """Return the vector of one text, as `embed_documents` gives it."""
        if self._session is None:
            return self.embed_documents([text])[0]
        import numpy as np

        encoding = self._tokenizer.encode(text)
        ids = np.array([encoding.ids], dtype=np.int64)
        (vector,) = self._session.run(None, {"ids": ids, "mask": np.ones_like(ids)})
        return [float(x) for x in vector[0]]

    def embed_question(self, text: str) -> list[float]:
        """Return the vector of a question, near to those of sentences that answer it."""
        return (self._questions or self).embed_query(text)

    def count_tokens(self, text: str) -> int:
        """Return the number of the model's tokens in ``text``, without special ones."""
        return len(self._counter.encode(text, add_special_tokens=False).ids)

    def prepare_queries(self) -> None:
        """Export the weights for fast questions, once; without the export questions go through PyTorch."""
        if self._questions is not None:
            self._questions.prepare_queries()
        if self._onnx_path is None or self._onnx_path.is_file():
            return
        _export_onnx(self._torch, self._onnx_path)
        self.__dict__.pop("_session", None)

    @cached_property
    def dimension(self) -> int:
        return len(self.embed_query("dimension"))

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        tokenizer = self._load_tokenizer()
        tokenizer.enable_truncation(MAX_INPUT_TOKENS)
        return tokenizer

    @cached_property
    def _counter(self) -> Tokenizer:
        tokenizer = self._load_tokenizer()
        tokenizer.no_truncation()
        return tokenizer

    def _load_tokenizer(self) -> Tokenizer:
        if self._folder is None or not (self._folder / "tokenizer.json").is_file():
            encoder: Any = self._torch
            backend: Tokenizer = encoder.tokenizer.backend_tokenizer
            return type(backend).from_str(backend.to_str())
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(self._folder / "tokenizer.json"))
        tokenizer.no_padding()
        return tokenizer

    @cached_property
    def _session(self) -> Any:
        if self._onnx_path is None or not self._onnx_path.is_file():
            return None
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        return onnxruntime.InferenceSession(str(self._onnx_path), options, providers=["CPUExecutionProvider"])

    @cached_property
    def _torch(self) -> SentenceTransformer:
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        from sentence_transformers import SentenceTransformer
        from transformers.utils.logging import disable_progress_bar

        disable_progress_bar()  # type: ignore[no-untyped-call]
        try:
            model = SentenceTransformer(self._model_id, device="cpu", local_files_only=self._folder is not None)
        except Exception as error:  # the library raises many kinds; all mean the same to a user
            raise EmbedderError(
                f"The embedding model {self._model_id!r} cannot be loaded ({type(error).__name__}); "
                f"set TUTOR_EMBEDDER to {SHIPPED}, a local model folder, or a hub id that can be reached."
            ) from error
        if self._adapter is not None:
            _change(model, self._adapter)
        return model


def open_embedder(model: str, home: Path) -> Embedder:
    """Return the embedder called ``model``: ``minilm``, a local folder, a hub id, or ``bedrock:<model id>``.

    Nothing heavy is loaded before the first use. Exports are kept under ``home``/models.

    Raises:
        EmbedderError: the shipped weights are missing or are not the official ones.
    """
    if model.startswith("bedrock:"):
        from ingest.bedrock_embedder import BedrockEmbedder

        return BedrockEmbedder(model.removeprefix("bedrock:"), open_embedder(SHIPPED, home))
    if model == SHIPPED:
        folder, name = minilm_folder(), f"minilm-{MINILM_SHA256[:8]}"
        tuned = hashlib.sha256(f"{MINILM_SHA256} {file_sha256(QUESTION_ADAPTER)}".encode()).hexdigest()
        questions = SentenceEmbedder(str(folder), name, folder, _onnx_path(home, tuned), QUESTION_ADAPTER)
        return SentenceEmbedder(str(folder), name, folder, _onnx_path(home, MINILM_SHA256), questions=questions)
    folder = Path(model).expanduser()
    if folder.is_dir():
        digest = _folder_sha256(folder)
        return SentenceEmbedder(str(folder), f"{folder.name}-{digest[:8]}", folder, _onnx_path(home, digest))
    return SentenceEmbedder(model, model.replace("/", "--"), None, None)


def load_shipped() -> SentenceTransformer:
    """Return the shipped model, loaded anew."""
    return SentenceEmbedder(str(minilm_folder()), SHIPPED, minilm_folder(), None)._torch


def _change(model: SentenceTransformer, adapter: Path) -> None:
    """Add the changes in the file ``adapter`` to the weights of ``model``."""
    import torch

    encoder: Any = model[0].auto_model
    weights = encoder.state_dict()
    for name, change in read_changes(adapter).items():
        weights[name] += torch.from_numpy(change)


def _onnx_path(home: Path, digest: str) -> Path:
    return home / "models" / f"query-{digest[:16]}.onnx"


def _folder_sha256(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.safetensors")) + sorted(folder.rglob("*.json")):
        digest.update(path.relative_to(folder).as_posix().encode())
        digest.update(file_sha256(path).encode())
    return digest.hexdigest()


def _export_onnx(model: SentenceTransformer, path: Path) -> None:
    """Write mean-pooled, normalised ``model`` to ``path``, and keep it only if it gives the same vectors.

    A model with another pooling is left without an export. The TorchScript exporter is used because it
    writes one file and takes two seconds where torch.export takes ten.
    """
    import warnings

    import numpy as np
    import torch

    transformer: Any = model[0].auto_model
    encoder: Any = model

    class MeanPooled(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.transformer = transformer

        def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
            hidden = self.transformer(input_ids=ids, attention_mask=mask).last_hidden_state
            weight = mask.unsqueeze(-1).to(hidden.dtype)
            pooled = (hidden * weight).sum(1) / weight.sum(1)
            return torch.nn.functional.normalize(pooled, dim=1)

    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_suffix(f".{os.getpid()}.tmp")
    example = torch.ones((2, 9), dtype=torch.long)
    axes = {0: "batch", 1: "tokens"}
    transformer.set_attn_implementation("eager")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            torch.onnx.export(
                MeanPooled().eval(),
                (example, example),
                str(aside),
                input_names=["ids", "mask"],
                output_names=["vector"],
                dynamic_axes={"ids": axes, "mask": axes},
                opset_version=18,
                dynamo=False,
            )
        probe = SentenceEmbedder("", "probe", None, aside)
        probe.__dict__["_tokenizer"] = encoder.tokenizer.backend_tokenizer
        encoder.tokenizer.backend_tokenizer.no_padding()
        for text in ("anomaly", "Which algorithm finds anomalies in a time series, and why?"):
            expected = encoder.encode([text], normalize_embeddings=True)[0]
            if float(np.dot(expected, probe.embed_query(text))) < 0.9999:
                return
        os.replace(aside, path)
    finally:
        aside.unlink(missing_ok=True)
