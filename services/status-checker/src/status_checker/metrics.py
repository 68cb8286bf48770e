"""Prometheus metrics of the two registries."""

from prometheus_client import Counter, Gauge, Histogram

registry_calls = Counter("ue_registry_calls_total", "Bulk calls to a registry, by outcome", ["registry", "outcome"])
registry_seconds = Histogram("ue_registry_seconds", "One bulk call to a registry", ["registry"])
registry_circuit_open = Gauge("ue_registry_circuit_open", "1 while a registry gets no calls", ["registry"])
people_verified = Counter("ue_people_verified_total", "People whose check was answered")
