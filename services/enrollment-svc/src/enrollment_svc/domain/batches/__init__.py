"""The rules of submitted lines."""
