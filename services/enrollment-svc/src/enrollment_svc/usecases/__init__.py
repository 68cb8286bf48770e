"""The use cases: each loads, decides, saves and returns events."""
