"""Masks for lists (A29): the characters that stay readable are too few to identify a person."""

LONG_NUMBER = 15


def mask_name(name: str) -> str:
    """The first and last character stay (王小明 → 王*明). A name of two keeps only the first (李四 → 李*)."""
    if len(name) <= 1:
        return "*"
    if len(name) == 2:
        return name[0] + "*"
    return name[0] + "*" * (len(name) - 2) + name[-1]


def mask_number(number: str) -> str:
    """15 characters or more: the first 4 and last 4 stay. 4 to 14: the first 1 and last 2 stay. 1 to 3: none stays."""
    if len(number) >= LONG_NUMBER:
        return number[:4] + "*" * (len(number) - 8) + number[-4:]
    if len(number) <= 3:
        return "*" * len(number)
    return number[0] + "*" * (len(number) - 3) + number[-2:]


def mask_mobile(mobile: str) -> str:
    """The first 3 and last 4 digits stay: 138****5678."""
    return mobile[:3] + "****" + mobile[-4:] if len(mobile) >= 11 else "*" * len(mobile)
