"""Quarantine: jobs that have possibly killed their process run one at a time. So only the guilty job is given up."""

import time

#: A suspect is a job that has possibly killed its process. A suspect that has run for this long probably does not kill
#: the process, so the next suspect can start beside it.
PROBATION_S = 60.0


class QuarantineStay:
    """A suspect's stay in quarantine."""

    def __init__(self) -> None:
        self.since = time.monotonic()


class Quarantine:
    """The workers of all kinds of jobs in a process share one quarantine: together they run one suspect job at a time.

    When a process dies, every job that it was running becomes a suspect. If the suspects ran side by side again, the
    guilty suspect would kill the process again and again. All suspects would lose an attempt each time, and in the end
    all would be given up. Jobs that are no suspects still run beside a suspect. If the suspect kills the process, these
    jobs lose one attempt and become suspects.
    """

    def __init__(self, probation_s: float = PROBATION_S) -> None:
        self._probation_s = probation_s
        self._stay: QuarantineStay | None = None

    def enter(self) -> QuarantineStay | None:
        """Begin a suspect's stay. None if another suspect began its stay less than `probation_s` ago and still runs."""
        if self._stay is not None and time.monotonic() - self._stay.since < self._probation_s:
            return None
        self._stay = QuarantineStay()
        return self._stay

    def leave(self, stay: QuarantineStay | None) -> None:
        """End this stay. If another suspect has begun a stay meanwhile (after `probation_s`), that stay goes on."""
        if stay is not None and stay is self._stay:
            self._stay = None
