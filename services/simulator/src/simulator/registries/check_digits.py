"""The check digit of 18-digit document numbers (GB 11643, ISO 7064 MOD 11-2)."""

MODULUS = 11
CHARACTERS = "0123456789X"


def is_checked(number: str) -> bool:
    """Whether the check digit fits: the 18 characters, read as digits in base 2, must give 1 modulo 11."""
    total = 0
    for character in number:
        total = (total * 2 + CHARACTERS.index(character)) % MODULUS
    return total == 1
