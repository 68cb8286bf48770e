"""Callers' text inside SQL patterns."""


def contains(text: str | None) -> str | None:
    """The ILIKE pattern for "contains this text"; None for nothing. `%` and `_` of the caller are plain characters."""
    if not text:
        return None
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
