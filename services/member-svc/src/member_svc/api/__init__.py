"""The HTTP API for screens and for operators."""
