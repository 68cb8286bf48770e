"""Processes of a stack: their ports, how they are launched, recognized and ended."""
