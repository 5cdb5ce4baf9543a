"""Embeddings by a model on Amazon Bedrock, such as Titan Text Embeddings V2, in place of the shipped one."""

from __future__ import annotations

import re
from functools import cached_property
from typing import Any

from langchain_core.embeddings import Embeddings

from ingest.aws import aws_client
from ingest.embedder import Embedder, Progress
from ingest.errors import EmbedderError

_READ_S = 30.0
_ATTEMPTS = 3


class BedrockEmbedder(Embeddings):
    """Unit vectors of one Bedrock model; texts go over the network one by one.

    Texts are cut into chunks by the tokens of ``counter``, the shipped model, so that chunks stay the same.
    """

    def __init__(self, model_id: str, counter: Embedder) -> None:
        self._model_id = model_id
        self._counter = counter
        self.name = f"bedrock--{re.sub(r'[^A-Za-z0-9.-]+', '-', model_id)}"

    def embed_documents(self, texts: list[str], progress: Progress | None = None) -> list[list[float]]:
        """Return a vector per text, in order; ``progress(done, total)`` is called after each.

        Raises:
            EmbedderError: Bedrock cannot be used; the text says what to do.
        """
        vectors = []
        for text in texts:
            vectors.append(self.embed_query(text))
            if progress is not None:
                progress(len(vectors), len(texts))
        return vectors

    def embed_query(self, text: str) -> list[float]:
        """Return the vector of one text; raises as `embed_documents` does."""
        try:
            return [float(x) for x in self._model.embed_query(text)]
        except Exception as error:  # boto3 and langchain-aws raise many kinds
            raise EmbedderError(
                f"Amazon Bedrock did not embed a text with {self._model_id} ({_kind(error)}); check AWS_REGION, the"
                " credentials and the access to the model, or set TUTOR_EMBEDDER=minilm."
            ) from error

    def embed_question(self, text: str) -> list[float]:
        """Return the vector of a question; raises as `embed_documents` does."""
        return self.embed_query(text)

    def count_tokens(self, text: str) -> int:
        """Return the number of the shipped model's tokens in ``text``."""
        return self._counter.count_tokens(text)

    def prepare_queries(self) -> None:
        """Do nothing: there is nothing to prepare."""

    @cached_property
    def dimension(self) -> int:
        return len(self.embed_query("dimension"))

    @cached_property
    def _model(self) -> Any:
        from langchain_aws import BedrockEmbeddings

        client = aws_client("bedrock-runtime", read_timeout_s=_READ_S, attempts=_ATTEMPTS)
        return BedrockEmbeddings(client=client, model_id=self._model_id, normalize=True)


def _kind(error: Exception) -> str:
    response = getattr(error, "response", None)
    code = response.get("Error", {}).get("Code") if isinstance(response, dict) else None
    return str(code or type(error).__name__)
