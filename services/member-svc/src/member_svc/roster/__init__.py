"""Roster files: read from a sheet, shown in a report, given back for correction."""
