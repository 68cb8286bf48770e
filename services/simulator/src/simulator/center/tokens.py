"""The token that the center sends with its callbacks."""

import time
from pathlib import Path

from chassis.identity import issue_token
from chassis.privacy import Keys

ACCOUNT = "protection-center"
ROLE = "center"
_LIFE_S = 3600
_RENEW_S = 300


class TokenMissing(Exception):
    """There is no center token. The message says which file cannot be read, or which setting is missing."""


class CenterToken:
    """Reads the token from `file`. If `file` is None, issues a token with the private key of the key file."""

    def __init__(self, keys: Keys, file: Path | None) -> None:
        self._keys, self._file = keys, file
        self._issued, self._expires_at = "", 0.0

    def bearer(self) -> str:
        """The token. Raises TokenMissing."""
        if self._file is not None:
            try:
                return self._file.read_text().strip()
            except OSError as error:
                raise TokenMissing(f"center token file {self._file} cannot be read") from error
        if self._keys.token_private is None:
            raise TokenMissing("no center token: set UE_CENTER_TOKEN_FILE, or give a key file with the private key")
        if time.time() > self._expires_at - _RENEW_S:
            self._expires_at = time.time() + _LIFE_S
            self._issued = issue_token(self._keys, account=ACCOUNT, role=ROLE, scope_id=None, hours=_LIFE_S / 3600)
        return self._issued
