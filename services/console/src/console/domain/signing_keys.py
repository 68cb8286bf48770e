"""The rules that say which token key signs, and which keys are published.

A new key is published for a while before it signs, so that every service knows the key before its first token. An old
key stays published until its last token has expired.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

#: A token expires after this time. Services accept it 5 seconds longer (`chassis.identity`), so a sign-out, a lock or a
#: change of role is in effect everywhere within a minute.
TOKEN_S = 55
#: How long the public key stays published after the last token of the key was signed.
STAYS_PUBLISHED = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class KeyTimes:
    """When a key was made, and from when on it signs. `withdrawn_at`: when an operator withdrew the key at once."""

    kid: str
    created_at: datetime
    signs_from: datetime
    withdrawn_at: datetime | None


def signing_key(keys: Sequence[KeyTimes], now: datetime) -> KeyTimes | None:
    """The newest key that is allowed to sign at `now`. None if there is no such key."""
    return max(_ready(keys, now), key=_age, default=None)


def published_keys(keys: Sequence[KeyTimes], now: datetime) -> list[KeyTimes]:
    """The key that signs, the keys that will sign, and the keys whose last tokens are possibly still in use."""
    successors = sorted(_ready(keys, now), key=_age)
    ended_at = {old.kid: new.signs_from for old, new in pairwise(successors)}
    return [
        key
        for key in keys
        if key.withdrawn_at is None and (key.kid not in ended_at or now < ended_at[key.kid] + STAYS_PUBLISHED)
    ]


def is_key_due(keys: Sequence[KeyTimes], now: datetime, age: timedelta) -> bool:
    """Whether a new key must be made, because no key is in use or the newest key has reached the age `age`."""
    usable = [key.created_at for key in keys if key.withdrawn_at is None]
    return not usable or now - max(usable) >= age


def _ready(keys: Sequence[KeyTimes], now: datetime) -> list[KeyTimes]:
    return [key for key in keys if key.withdrawn_at is None and key.signs_from <= now]


def _age(key: KeyTimes) -> tuple[datetime, datetime, str]:
    return key.signs_from, key.created_at, key.kid
