"""Statements of a submission."""
