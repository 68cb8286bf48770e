"""Reads and creates topics on the broker, and reads the positions of consumer groups."""
