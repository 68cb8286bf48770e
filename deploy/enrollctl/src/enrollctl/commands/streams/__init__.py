"""Commands that show topics and how far they have been read."""
