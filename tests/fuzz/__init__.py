"""Sends files and requests that no user would write on purpose. They are generated at random from a seed."""
