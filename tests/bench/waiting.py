"""Chooses the pauses between two polls, so that neither the polls nor the pauses change the measured times."""

LEAST_S = 0.01
MOST_S = 0.5
#: Without an estimate of the remaining time, a pause is this share of the time that has passed.
SHARE = 1 / 40


def next_pause(elapsed_s: float, done: int, total: int) -> float:
    """Seconds until the next poll of a stage that has handled `done` of `total` after `elapsed_s` seconds.

    The pause is half of the time that the stage will still need. If there is no progress from which that time can be
    calculated, the pause is a small share of the elapsed time.
    """
    pause = elapsed_s * (total - done) / done / 2 if 0 < done < total else elapsed_s * SHARE
    return min(max(pause, LEAST_S), MOST_S)
