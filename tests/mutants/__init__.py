"""Mutants: changes that are planted in a copy of the code, one at a time. A test must fail with each of them."""
