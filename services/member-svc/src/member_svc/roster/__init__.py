"""Roster files: reading a sheet, reporting on it, returning rejected rows for correction."""
