"""Real Kafka and PostgreSQL for whichever test asks for them."""

from support.fixtures import database, kafka_bootstrap, kafka_topics, make_database, postgres_admin_url

__all__ = ["database", "kafka_bootstrap", "kafka_topics", "make_database", "postgres_admin_url"]
