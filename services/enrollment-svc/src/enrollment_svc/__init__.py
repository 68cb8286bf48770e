"""Stages 3 and 4: confirmation and submission to the superior union."""
