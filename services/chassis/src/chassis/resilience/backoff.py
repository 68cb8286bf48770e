"""Jittered backoff."""

import random


def backoff_s(attempt: int, *, first_s: float = 0.2, most_s: float = 30.0) -> float:
    """Seconds to wait after failure number `attempt`, counted from 1.

    The wait doubles with each failure, up to `most_s`. Half of it is random, so that callers do not all retry at once.
    """
    full = min(most_s, first_s * float(2 ** min(attempt - 1, 20)))
    return full * (0.5 + random.random() / 2)  # noqa: S311 - jitter, no secret
