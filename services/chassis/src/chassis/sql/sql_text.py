"""Patterns for LIKE and ILIKE from a caller's text."""


def contains(text: str | None) -> str | None:
    """The ILIKE pattern for "contains this text"; None for no text. `%` and `_` in the text stand for themselves."""
    if not text:
        return None
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
