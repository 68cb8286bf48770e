"""Fills the databases of an empty stack with a whole city of made-up people, to measure the speed of screens."""
