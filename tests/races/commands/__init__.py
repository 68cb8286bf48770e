"""The commands that race, one module for each kind of data."""
