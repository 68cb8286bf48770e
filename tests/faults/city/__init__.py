"""The six services at work on all six stages."""
