"""Starts real Kafka and PostgreSQL for the tests that need them, and records the requirement rows that tests prove."""

import os

from hypothesis import HealthCheck, settings

from requirements.recording import pytest_collection_modifyitems, pytest_runtest_logreport
from support.fixtures import (
    database,
    empty_database,
    kafka_bootstrap,
    kafka_topics,
    make_database,
    postgres_admin_url,
    templates,
)

__all__ = [
    "database",
    "empty_database",
    "kafka_bootstrap",
    "kafka_topics",
    "make_database",
    "postgres_admin_url",
    "pytest_collection_modifyitems",
    "pytest_runtest_logreport",
    "templates",
]

# All connections are local and need no TLS. To make a TLS context for each of a thousand connections would take longer
# than the tests.
os.environ.setdefault("PGSSLMODE", "disable")

# A machine that is busy makes examples slower. This must not fail a test.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")
