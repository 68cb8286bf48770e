"""Submission to the superior union."""
