"""Passwords, captchas, and the secrets of sessions and keys."""
