"""Estimates how many attempts a program needs to guess a password, with the library zxcvbn.

The lists of zxcvbn contain the 30,000 most common passwords, and common words and names. The library also knows
keyboard patterns, sequences, repetitions, dates and replaced letters.
"""

import asyncio
import math

#: zxcvbn gets only the first 60 characters of a password, because it takes long for long texts. A whole password is
#: never easier to guess than its beginning. So the result for the beginning can only be too low, and no easy password
#: is accepted.
MOST_CHARACTERS = 60


async def guesses_log10(password: str, names: list[str]) -> float:
    """The number of attempts as a power of ten: 8 means 10⁸ attempts.

    `names`: texts that an attacker would try first.
    """
    return await asyncio.to_thread(_guesses_log10, password[:MOST_CHARACTERS], names)


def _guesses_log10(password: str, names: list[str]) -> float:
    # Imported here, because loading its lists takes 0.1 s and some MiB, and few requests set a password.
    from zxcvbn import zxcvbn

    found = zxcvbn(password, user_inputs=names)
    return math.log10(float(found["guesses"]))
