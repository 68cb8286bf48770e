"""The background jobs: calls to the protection center."""
