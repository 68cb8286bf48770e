"""Statements about plans, rates and windows."""
