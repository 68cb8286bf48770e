"""OpenTelemetry spans across services: every event and every job carries a `traceparent`."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

PROPAGATOR = TraceContextTextMapPropagator()


def configure_tracing(service: str) -> None:
    """Always create spans, because the `traceparent` of events and jobs comes from spans.

    Export them only if an OTLP endpoint is set.
    """
    provider = TracerProvider(resource=Resource.create({"service.name": service}))
    if os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT"):
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)


def current_traceparent() -> str | None:
    carrier: dict[str, str] = {}
    PROPAGATOR.inject(carrier)
    return carrier.get("traceparent")


@contextmanager
def span(name: str, kind: SpanKind = SpanKind.INTERNAL, parent: str | None = None, **attributes: Any) -> Iterator[None]:
    """Open a span below `parent` (a traceparent), or below the current span. An exception marks the span as failed. The
    exception's type is exported, but not its text. In names of attributes `__` stands for a dot.
    """
    context = PROPAGATOR.extract({"traceparent": parent}) if parent else None
    tracer = trace.get_tracer("chassis")
    named = {key.replace("__", "."): value for key, value in attributes.items() if value is not None}
    with tracer.start_as_current_span(
        name, context=context, kind=kind, attributes=named, record_exception=False, set_status_on_exception=False
    ) as current:
        try:
            yield
        except Exception as error:
            current.set_status(Status(StatusCode.ERROR, type(error).__name__))
            raise
