"""Requests that may have ended their process are carried out one at a time, so that they end no other's attempt."""

import time

#: A suspect that has run for so long is not waited for: it may have hours of honest work.
PROBATION_S = 60.0


class Stay:
    """A suspect's stay in quarantine."""

    def __init__(self) -> None:
        self.since = time.monotonic()


class Quarantine:
    """One per process, shared by its workers: one suspect at a time, whatever its kind.

    A death hits all that is in hand, and whoever was in hand is a suspect. If suspects ran side by side again, the one
    that ends the process would have the others given up with it. Other requests go on beside a suspect: one of them is
    hit once, and is a suspect then.
    """

    def __init__(self, probation_s: float = PROBATION_S) -> None:
        self._probation_s = probation_s
        self._stay: Stay | None = None

    def enter(self) -> Stay | None:
        """None while another suspect is in hand."""
        if self._stay is not None and time.monotonic() - self._stay.since < self._probation_s:
            return None
        self._stay = Stay()
        return self._stay

    def leave(self, stay: Stay | None) -> None:
        """Whoever outstayed the probation has left already."""
        if stay is not None and stay is self._stay:
            self._stay = None
