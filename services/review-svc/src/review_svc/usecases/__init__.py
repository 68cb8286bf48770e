"""The use cases. Each loads rows, decides by the rules of `domain`, saves, and returns events."""
