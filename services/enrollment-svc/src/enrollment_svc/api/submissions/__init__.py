"""Submission to the superior union, and what it would come to."""
