"""Rounds: subjects come to the start, all acts run, something is broken meanwhile."""
