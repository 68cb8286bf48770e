"""The HTTP routes of the console."""
