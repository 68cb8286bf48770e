"""Decides which denied requests are recorded: all at first, then fewer, so that they cannot fill the disk."""

from collections import OrderedDict
from dataclasses import dataclass

WINDOW_S = 3600.0
#: In an hour, the first denials of an account are all recorded, up to this number. After them only the 32nd, the 64th,
#: the 128th, … is recorded.
RECORDED_OF_ACCOUNT = 16
#: The same limit for all accounts together, in one process. A denial counts here only if the limit of its account lets
#: it through.
RECORDED_IN_ALL = 2000
#: The counts of at most this many accounts are remembered.
MOST_ACCOUNTS = 10_000


@dataclass(slots=True)
class Window:
    """How many requests were denied since `began_at`."""

    began_at: float
    count: int = 0

    def next(self, now: float) -> int:
        """Count a denial and return its number within the hour."""
        if now - self.began_at >= WINDOW_S:
            self.began_at, self.count = now, 0
        self.count += 1
        return self.count


class DenialLimit:
    """The counts of one process. `now` is a number of seconds that never goes back."""

    def __init__(self) -> None:
        self._accounts: OrderedDict[str, Window] = OrderedDict()
        self._all = Window(0.0)

    def next(self, account: str, now: float) -> int | None:
        """The number of this denial within the account's hour; None if this denial is not recorded."""
        window = self._accounts.setdefault(account, Window(now))
        self._accounts.move_to_end(account)
        if len(self._accounts) > MOST_ACCOUNTS:
            self._accounts.popitem(last=False)
        number = window.next(now)
        if not _is_recorded(number, RECORDED_OF_ACCOUNT):
            return None
        return number if _is_recorded(self._all.next(now), RECORDED_IN_ALL) else None


def _is_recorded(number: int, all_up_to: int) -> bool:
    return number <= all_up_to or number & (number - 1) == 0
