"""Which of the three outside parties a request is for."""

import re
from enum import StrEnum


class Target(StrEnum):
    """A party that can be troubled on its own."""

    CARD = "card"
    EMPLOYMENT = "employment"
    CENTER = "center"


#: The requests that services make. Loading, policies, decisions by hand and figures are the stage hands'
#: and never fail.
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
