"""The rules of people before their submission."""
