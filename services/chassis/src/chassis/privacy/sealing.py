"""The sealed block of an event: its personal data, encrypted (ADR 0004)."""

import base64
import os
from collections.abc import Iterable, Sequence
from uuid import UUID

import orjson
from pydantic import TypeAdapter

from chassis.privacy.ciphers import NONCE_BYTES, Unreadable, decrypt, encrypt
from chassis.privacy.keys import Keys
from contracts.fields import Personal, SealedBlock

WRAP = b"data-key"
#: Each of these adapters validates all people of a block in one call, which is faster than a call for each person.
PEOPLE = TypeAdapter(list[Personal])
NUMBERS = TypeAdapter(list[str])


class UnknownKey(ValueError):
    """The service has none of the keys for which the block was encrypted."""


class Sealer:
    """Encrypts each block with a new data key, and encrypts this data key once for each recipient key (`_wrap`)."""

    def __init__(self, keys: Keys) -> None:
        self._algorithm = keys.sealing_algorithm
        self._recipients = keys.recipients
        self._keys = keys.sealing

    def seal(self, people: Sequence[Personal], event_id: UUID, kind: str) -> SealedBlock:
        return self._sealed(orjson.dumps([[p.name, p.document_number, p.mobile] for p in people]), event_id, kind)

    def seal_rows(self, people: Iterable[bytes], event_id: UUID, kind: str) -> SealedBlock:
        """Seal people who are given as JSON rows `[name, document_number, mobile]`, as `RowCipher` decrypts them."""
        return self._sealed(b"[" + b",".join(people) + b"]", event_id, kind)

    def _sealed(self, plaintext: bytes, event_id: UUID, kind: str) -> SealedBlock:
        data_key, nonce = os.urandom(32), os.urandom(NONCE_BYTES)
        return SealedBlock(
            algorithm=self._algorithm,
            nonce=_text(nonce),
            ciphertext=_text(encrypt(self._algorithm, data_key, nonce, plaintext, _associated(event_id, kind))),
            keys={kid: self._wrap(kid, data_key) for kid in self._recipients},
        )

    def unseal(self, block: SealedBlock, event_id: UUID, kind: str) -> list[Personal]:
        """Decrypt the people of a block.

        Raises UnknownKey if this service has no key for the block. Raises Unreadable if the block was altered or
        belongs to another event.
        """
        return PEOPLE.validate_python(
            [
                {"name": name, "document_number": number, "mobile": mobile}
                for name, number, mobile in orjson.loads(self.unseal_rows(block, event_id, kind))
            ]
        )

    def unseal_numbers(self, block: SealedBlock, event_id: UUID, kind: str) -> list[str]:
        """The document numbers in the block. Raises what `unseal` raises."""
        numbers = [number for _, number, _ in orjson.loads(self.unseal_rows(block, event_id, kind))]
        return NUMBERS.validate_python(numbers)

    def unseal_rows(self, block: SealedBlock, event_id: UUID, kind: str) -> bytes:
        """The rows as JSON, `[[name, document_number, mobile], …]`. Raises what `unseal` raises.

        A service that stores the rows of a part together uses this, because no object is made for each person.
        """
        kid = next((kid for kid in block.keys if kid in self._keys), None)
        if kid is None:
            raise UnknownKey(f"none of the recipient keys {sorted(block.keys)} is known here")
        try:
            wrapped = base64.b64decode(block.keys[kid], validate=True)
            nonce = base64.b64decode(block.nonce, validate=True)
            ciphertext = base64.b64decode(block.ciphertext, validate=True)
        except ValueError as error:
            raise Unreadable("sealed block is no base64") from error
        data_key = decrypt(block.algorithm, self._keys[kid], wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], WRAP)
        return decrypt(block.algorithm, data_key, nonce, ciphertext, _associated(event_id, kind))

    def _wrap(self, kid: str, data_key: bytes) -> str:
        nonce = os.urandom(NONCE_BYTES)
        return _text(nonce + encrypt(self._algorithm, self._keys[kid], nonce, data_key, WRAP))


def _associated(event_id: UUID, kind: str) -> bytes:
    return f"{event_id}|{kind}".encode()


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
