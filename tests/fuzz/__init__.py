"""Sends random files and requests, generated from a seed, that no user would write on purpose."""
