"""Starts, recognizes and ends the processes of a stack, and chooses their ports."""
