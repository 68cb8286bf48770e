"""Encrypts personal data for the database, row by row, with the storage key.

Each value is bound to the id of its owner, such as a member or an account. So a value that is copied to the row of
another owner cannot be decrypted.
"""

import os
from collections.abc import Iterable
from uuid import UUID

import orjson

from chassis.privacy.ciphers import NONCE_BYTES, Unreadable, decrypt, encrypt
from chassis.privacy.keys import Keys
from contracts.fields import Personal


class RowCipher:
    """A blob is `key id length, key id, nonce, ciphertext`. Because each blob names its key, old blobs stay readable
    when the storage key changes.
    """

    def __init__(self, keys: Keys) -> None:
        self._algorithm = keys.sealing_algorithm
        self._current = keys.storage_current
        self._keys = keys.storage
        kid = keys.storage_current.encode()
        self._head = bytes([len(kid)]) + kid

    def seal(self, personal: Personal, owner: UUID) -> bytes:
        """Seal the JSON row `[name, document_number, mobile]`. Rows in sealed blocks of events have the same form."""
        return self.seal_bytes(orjson.dumps([personal.name, personal.document_number, personal.mobile]), owner)

    def unseal(self, blob: bytes, owner: UUID) -> Personal:
        """Decrypt what `seal` has made for this owner. Raises Unreadable."""
        name, number, mobile = orjson.loads(self.unseal_bytes(blob, owner))
        return Personal(name=name, document_number=number, mobile=mobile)

    def seal_bytes(self, data: bytes, owner: UUID) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        key = self._keys[self._current]
        return self._head + nonce + encrypt(self._algorithm, key, nonce, data, owner.bytes)

    def seal_each(self, values: Iterable[bytes], owners: Iterable[UUID]) -> list[bytes]:
        """Seal each value for its owner. This takes less time than a call of `seal_bytes` for each value."""
        head, key, algorithm = self._head, self._keys[self._current], self._algorithm
        sealed = []
        for data, owner in zip(values, owners, strict=True):
            nonce = os.urandom(NONCE_BYTES)
            sealed.append(head + nonce + encrypt(algorithm, key, nonce, data, owner.bytes))
        return sealed

    def unseal_bytes(self, blob: bytes, owner: UUID) -> bytes:
        """Decrypt what `seal_bytes` has made for this owner. Raises Unreadable."""
        start = 1 + blob[0]
        key = self._keys.get(blob[1:start].decode())
        if key is None:
            raise Unreadable("storage key is unknown")
        end = start + NONCE_BYTES
        return decrypt(self._algorithm, key, blob[start:end], blob[end:], owner.bytes)
