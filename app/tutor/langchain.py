"""The retriever as LangChain knows one."""

from __future__ import annotations

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict

from app.tutor.retrieve import PASSAGES, Retriever


class TutorRetriever(BaseRetriever):
    """Passages as LangChain documents; metadata holds id, document, path, heading, span, score and url."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    retriever: Retriever
    k: int = PASSAGES

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
        return [
            Document(
                id=passage.id,
                page_content=passage.text,
                metadata={
                    "document": passage.document, "path": passage.path, "heading": passage.heading,
                    "start": passage.start, "end": passage.end, "score": passage.score, "url": passage.url,
                },
            )
            for passage in self.retriever.retrieve(query, self.k).passages
        ]  # fmt: skip
