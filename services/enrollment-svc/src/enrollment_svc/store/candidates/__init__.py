"""Statements about people before their submission."""
