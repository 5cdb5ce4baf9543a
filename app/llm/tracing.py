"""Spans of chat models by OpenTelemetry: off unless an exporter's address is set, and without what was said."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from app.llm.errors import ModelSettingError

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import ReadableSpan

ADDRESSES = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
WITH_TEXT = "TUTOR_TRACE_TEXT"
"""Set to 1 to trace questions, passages and answers as well."""

_KEPT = (
    "openinference.span.kind",
    "llm.token_count.",
    "llm.model_name",
    "llm.provider",
    "llm.system",
    "exception.type",
)


@cache
def start_tracing() -> bool:
    """Return whether models are traced: once an exporter's address is set, LangChain's calls become spans.

    Only kinds, model names, token counts, times and types of errors leave the process; text does with TUTOR_TRACE_TEXT=1.

    Raises:
        ModelSettingError: an address is set, but the extra ``tracing`` is not installed.
    """
    if not any(os.environ.get(name) for name in ADDRESSES):
        return False
    try:
        from openinference.instrumentation.langchain import LangChainInstrumentor
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        raise ModelSettingError(
            'Tracing needs one more package; run pip install "exam-tutor[tracing]", or unset OTEL_EXPORTER_OTLP_ENDPOINT.'
        ) from error
    exporter = OTLPSpanExporter()
    if os.environ.get(WITH_TEXT) != "1":
        send = exporter.export
        exporter.export = lambda spans: send([redacted(span) for span in spans])  # type: ignore[method-assign]
    provider = TracerProvider(resource=Resource.create({"service.name": "exam-tutor"}))
    provider.add_span_processor(BatchSpanProcessor(exporter))
    LangChainInstrumentor().instrument(tracer_provider=provider)
    return True


def redacted(span: ReadableSpan) -> ReadableSpan:
    """Return a span with only the attributes that can hold nothing that was said."""
    from opentelemetry.sdk.trace import Event, ReadableSpan
    from opentelemetry.trace import Status

    return ReadableSpan(
        name=span.name,
        context=span.context,
        parent=span.parent,
        resource=span.resource,
        attributes=_kept(span.attributes),
        events=[Event(event.name, _kept(event.attributes), event.timestamp) for event in span.events or ()],
        kind=span.kind,
        status=Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


def _kept(attributes: Mapping[str, Any] | None) -> dict[str, Any]:
    return {name: value for name, value in (attributes or {}).items() if name.startswith(_KEPT)}
