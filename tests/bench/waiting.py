"""Chooses the pauses between two polls, so that neither the polls nor the pauses cost a measurable time."""

LEAST_S = 0.01
MOST_S = 0.5
#: Without an estimate, a pause may add this part of the time that has passed.
SHARE = 1 / 40


def next_pause(elapsed_s: float, done: int, total: int) -> float:
    """Seconds until the next poll of a stage that has handled `done` of `total` after `elapsed_s` seconds.

    Half of the time that the rest will take; with no progress to calculate from, a small part of the elapsed time.
    """
    pause = elapsed_s * (total - done) / done / 2 if 0 < done < total else elapsed_s * SHARE
    return min(max(pause, LEAST_S), MOST_S)
