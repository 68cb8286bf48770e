"""Unions and their units."""
