"""Checks of a run: the recorded requests are compared with the data in every database and on every topic."""
