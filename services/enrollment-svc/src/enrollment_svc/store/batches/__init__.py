"""Statements about submitted lines."""
