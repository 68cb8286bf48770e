"""Whether all stores of a stack hold the same people and the same money."""
