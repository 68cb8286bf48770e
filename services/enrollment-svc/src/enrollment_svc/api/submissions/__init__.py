"""Submission to the superior union, and its preview."""
