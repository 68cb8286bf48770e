"""Runs real Kafka and real PostgreSQL as plain processes, for machines without Docker."""
