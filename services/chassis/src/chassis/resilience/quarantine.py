"""Quarantine: jobs that may have killed their process run one at a time, so that they do not end one another."""

import time

#: After this time the next suspect starts although the first still runs: its work may simply be long.
PROBATION_S = 60.0


class QuarantineStay:
    """A suspect's stay in quarantine."""

    def __init__(self) -> None:
        self.since = time.monotonic()


class Quarantine:
    """One per process, shared by its workers: one suspect job runs at a time, whatever its kind.

    When a process dies, every job that it was running becomes a suspect. If the suspects ran side by side again, the
    one that kills the process would use up the attempts of the others, and all would be given up. Other jobs run beside
    a suspect: if it kills the process, they lose one attempt and become suspects.
    """

    def __init__(self, probation_s: float = PROBATION_S) -> None:
        self._probation_s = probation_s
        self._stay: QuarantineStay | None = None

    def enter(self) -> QuarantineStay | None:
        """Begin a suspect's stay; None while another suspect runs."""
        if self._stay is not None and time.monotonic() - self._stay.since < self._probation_s:
            return None
        self._stay = QuarantineStay()
        return self._stay

    def leave(self, stay: QuarantineStay | None) -> None:
        """End the stay. A suspect that ran longer than the limit has been removed already."""
        if stay is not None and stay is self._stay:
            self._stay = None
