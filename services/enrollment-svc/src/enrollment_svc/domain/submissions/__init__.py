"""The rules of a submission."""
