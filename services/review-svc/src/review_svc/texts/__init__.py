"""The manual's words for screens and files, as data."""
