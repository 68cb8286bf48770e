"""The HTTP API for screens, for operators and for the center."""
