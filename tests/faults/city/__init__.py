"""The six services, working on all six stages."""
