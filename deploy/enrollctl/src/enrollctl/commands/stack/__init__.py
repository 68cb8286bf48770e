"""Commands that start, stop, migrate and show a stack."""
