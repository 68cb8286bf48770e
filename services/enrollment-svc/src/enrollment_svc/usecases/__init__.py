"""The use cases: each loads data, applies the rules, saves the result and returns events."""
