"""The check digit of 18-digit document numbers (GB 11643, ISO 7064 MOD 11-2)."""

MODULUS = 11
CHARACTERS = "0123456789X"


def is_checked(number: str) -> bool:
    """Whether the check digit fits. X counts as 10.

    The last character is multiplied by 1, the one before it by 2, then by 4, 8 and so on. The sum must be 1 modulo 11.
    """
    total = 0
    for character in number:
        total = (total * 2 + CHARACTERS.index(character)) % MODULUS
    return total == 1
