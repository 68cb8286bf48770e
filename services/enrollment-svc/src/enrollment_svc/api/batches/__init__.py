"""Submitted batches: their lines, people, payments and files."""
