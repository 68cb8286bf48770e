"""Commands that keep databases and bring them back."""
