"""Jittered backoff."""

import random


def backoff_s(attempt: int, *, first_s: float = 0.2, most_s: float = 30.0) -> float:
    """Seconds to wait after the attempt-th failure (1 = first): doubled each time, half of it random."""
    full = min(most_s, first_s * float(2 ** min(attempt - 1, 20)))
    return full * (0.5 + random.random() / 2)  # noqa: S311 - jitter, no secret
