"""Rounds: subjects come to the start, all commands run, something is broken meanwhile."""
