"""Rounds: prepare the subjects, send all commands while something is broken, and check all stores."""
