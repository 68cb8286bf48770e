"""The periodic jobs of the console."""
