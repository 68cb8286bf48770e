"""Breaks services, Kafka, PostgreSQL and external systems, and compares all requests with every store and topic."""
