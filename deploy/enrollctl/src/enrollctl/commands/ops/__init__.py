"""Commands for operators of running services."""
