"""Reads the metrics of all processes every second, so that the counters of a killed process are not lost."""

import re
import threading
from collections.abc import Callable, Mapping

import httpx

LINE = re.compile(r"^(ue_\w+?)(?:\{(.*)\})? ([0-9.e+]+)$", re.MULTILINE)
EVERY_S = 1.0

#: Name and pid of each process, such as `counter/4711` → its base URL.
Targets = Callable[[], Mapping[str, str]]


class Scrapes:
    """The last metrics that were read from each process. What a killed process counted after that is in no sum."""

    def __init__(self, targets: Targets) -> None:
        self._targets = targets
        self._last: dict[str, dict[str, float]] = {}
        # One client: creating one for every request would cost more than the request.
        self._client = httpx.Client(timeout=1.0, trust_env=False, verify=False)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> "Scrapes":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def total(self, name: str, label: str = "") -> int:
        """The sum over all processes of a counter's series with this label (such as `reason="duplicate"`)."""
        return self.of("", name, label)

    def of(self, process: str, name: str, label: str = "") -> int:
        """The sum over the current and the earlier processes with the name `process`. If `process` is empty: the sum
        over all processes.
        """
        self._scrape()
        return int(
            sum(
                value
                for target, series in list(self._last.items())
                if not process or target.rsplit("/", 1)[0] == process
                for key, value in series.items()
                if key.startswith(name) and label in key
            )
        )

    def _run(self) -> None:
        while not self._stop.wait(EVERY_S):
            self._scrape()

    def _scrape(self) -> None:
        for process, url in dict(self._targets()).items():
            try:
                text = self._client.get(f"{url}/metrics").text
            except httpx.HTTPError:
                continue
            found = {f"{name}{{{labels}}}": float(value) for name, labels, value in LINE.findall(text)}
            if found:
                self._last[process] = found
