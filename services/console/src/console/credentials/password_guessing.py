"""Estimates how many attempts a program needs to guess a password, with the library zxcvbn.

Its lists have the 30,000 most common passwords, and common words and names; it also knows keyboard patterns, sequences,
repetitions, dates and replaced letters.
"""

import asyncio
import math

#: zxcvbn takes long for long texts. What follows these characters does not make a password easier to guess.
MOST_CHARACTERS = 60


async def guesses_log10(password: str, names: list[str]) -> float:
    """The power of ten of the number of attempts. `names`: texts that an attacker would try first."""
    return await asyncio.to_thread(_guesses_log10, password[:MOST_CHARACTERS], names)


def _guesses_log10(password: str, names: list[str]) -> float:
    # Imported here, because its lists take 0.1 s and some MiB, and few requests set a password.
    from zxcvbn import zxcvbn

    found = zxcvbn(password, user_inputs=names)
    return math.log10(float(found["guesses"]))
