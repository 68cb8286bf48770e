"""The rules of a roster's cells and rows."""
