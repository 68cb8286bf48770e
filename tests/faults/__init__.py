"""Breaks everything that can break and compares what was asked with what every store and topic holds."""
