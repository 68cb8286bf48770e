"""Fills the databases of an empty stack with a whole city of made-up people, in bulk, to measure screens on it."""
