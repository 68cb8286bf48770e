"""Planted changes that the tests must catch."""
