"""Configures structlog to write JSON lines. A log event has a name in the past tense, and names no person."""

import logging
import sys

import structlog

LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40}


def configure_logs(service: str, level: str = "info") -> None:
    """Log one JSON object per line to standard output, with the service's name and, if known, the correlation id."""
    logging.basicConfig(level=logging.WARNING, stream=sys.stdout, format="%(message)s")
    # Our own log events report the errors of these libraries. The libraries themselves would log a line for every retry
    # while PostgreSQL or Kafka does not answer yet.
    for noisy in ("aiokafka", "faststream", "asyncpg"):
        logging.getLogger(noisy).setLevel(logging.CRITICAL)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS.get(level.lower(), 20)),
        logger_factory=structlog.PrintLoggerFactory(),
        cache_logger_on_first_use=False,
    )
    structlog.contextvars.bind_contextvars(service=service)
