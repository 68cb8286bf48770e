"""Compares all stores of a stack, which must contain the same people and the same money."""
