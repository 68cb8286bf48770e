"""Rounds of races: prepare the subjects (the persons of the races), send all commands while something is broken, and
check all stores.
"""
