"""Faults of Kafka, PostgreSQL, disks, clocks and wires."""
