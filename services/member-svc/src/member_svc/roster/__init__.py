"""Roster files: reading a sheet, reporting on it, and giving rejected rows back to the handler for correction."""
