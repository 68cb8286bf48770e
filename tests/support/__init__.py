"""Real Kafka and PostgreSQL for tests and benches: given addresses, containers, or embedded servers."""
