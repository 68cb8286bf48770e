"""Checks organization codes: GB 11714 (9 characters) and GB 32100 (18 characters); docs/formulas.md, F086."""

import re

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
CREDIT_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
BODY_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)

BODY = re.compile(r"[0-9A-Z]{8}[0-9X]")
CREDIT = re.compile(rf"[{ALPHABET}]{{18}}")


def is_organization_code(code: str) -> bool:
    """GB 11714: 8 characters and a check character."""
    if not BODY.fullmatch(code):
        return False
    total = sum(int(character, 36) * weight for character, weight in zip(code[:8], BODY_WEIGHTS, strict=True))
    check = 11 - total % 11
    return code[8] == {10: "X", 11: "0"}.get(check, str(check))


def is_credit_code(code: str) -> bool:
    """GB 32100-2015: the letters I, O, S, V, Z do not occur; the check value is (31 − Σ mod 31) mod 31."""
    if not CREDIT.fullmatch(code):
        return False
    total = sum(ALPHABET.index(character) * weight for character, weight in zip(code[:17], CREDIT_WEIGHTS, strict=True))
    return code[17] == ALPHABET[(31 - total % 31) % 31]


def organization_code_of(credit_code: str) -> str | None:
    """Positions 9–17 of the credit code, or None if they are no valid organization code."""
    body = credit_code[8:17]
    return body if is_organization_code(body) else None
