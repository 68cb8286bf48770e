"""Which of the three simulated systems a request is for."""

import re
from enum import StrEnum


class Target(StrEnum):
    """A simulated system, which can have faults of its own."""

    CARD = "card"
    EMPLOYMENT = "employment"
    CENTER = "center"


#: Faults are injected on the routes that services call. The center's pattern also matches routes that no service calls:
#: the lists, such as `GET /center/submissions`, and the feedback by hand. So faults are injected there, too. No pattern
#: matches the other routes (loading records, policies, decisions by hand, figures), which are for demos and tests.
_SERVICE_REQUESTS = (
    (re.compile(r"^/registries/card/query$"), Target.CARD),
    (re.compile(r"^/registries/employment/query$"), Target.EMPLOYMENT),
    (re.compile(r"^/center/(submissions|vouchers)(/.*)?(?<!/decision)$"), Target.CENTER),
)


def target_of(path: str) -> Target | None:
    for pattern, target in _SERVICE_REQUESTS:
        if pattern.match(path):
            return target
    return None
