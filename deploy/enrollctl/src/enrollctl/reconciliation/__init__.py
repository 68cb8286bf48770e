"""Compares all stores of a stack, which must hold the same people and the same money."""
