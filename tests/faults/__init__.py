"""The fault rig: breaks services, Kafka, PostgreSQL and external systems, then checks every database and topic."""
