"""Real Kafka and PostgreSQL for tests and benchmarks (`infrastructure.py`), and helpers that several tests share."""
