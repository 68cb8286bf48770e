"""Statements over all stages: progress, steps, stories, sums."""
