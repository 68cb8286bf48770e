"""Compares all stores of a stack: they must hold the same people and the same money."""
