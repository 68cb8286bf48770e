"""The check digit of 18-digit document numbers (GB 11643, ISO 7064 MOD 11-2)."""

MODULUS = 11
CHARACTERS = "0123456789X"


def is_checked(number: str) -> bool:
    """Whether the last of 18 characters proves the others: read as digits of base 2, all of them come to 1."""
    total = 0
    for character in number:
        total = (total * 2 + CHARACTERS.index(character)) % MODULUS
    return total == 1
