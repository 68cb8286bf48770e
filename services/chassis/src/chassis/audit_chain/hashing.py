"""The hashes of the chain. Every hash is SHA-256 over a text that anybody can build from the stored rows (ADR 0018).

A row of the audit log is hashed as a compact JSON array of its columns, without the id and the encrypted name. The
block lists the id beside the hash. So if somebody gives a row the id of another row, the check finds it. Instead of the
encrypted name, the array contains a digest of the plain name. So if a name is encrypted again with another key, the
hash of the row stays the same.
"""

from collections.abc import Sequence
from hashlib import sha256
from typing import TYPE_CHECKING

import orjson

from chassis.identity import actors
from chassis.privacy import BlindIndex, RowCipher, Unreadable

if TYPE_CHECKING:
    from chassis.audit_chain.blocks import AuditRow, Block

ROW_FORMAT = "union-enrollment/audit-row/1"
BLOCK_FORMAT = "union-enrollment/audit-block/1"
#: The first block has this value as the hash of the previous block.
GENESIS = bytes(32)
#: The `purpose` arguments of `BlindIndex.of`: for the digest of a name, and for the digest of a block.
NAME, BLOCK = "audit-name", "audit-block"
#: The prefix of a name's digest that was made from the encrypted bytes, because no key could decrypt the name.
UNREADABLE = "sealed:"


def row_hash(row: "AuditRow", name_digest: str | None) -> bytes:
    """The hash of a row. `name_digest`: from `Digests.of_name`, None for a row without a name."""
    fields = (row.at, row.account, row.role, row.scope_id, row.command_id, row.name, row.subject, row.detail)
    return sha256(orjson.dumps([ROW_FORMAT, *fields, row.address, name_digest])).digest()


def block_hash(service: str, block: "Block") -> bytes:
    """The hash of a block. It covers the hash of the previous block, and so all earlier rows."""
    return header_hash(service, block, rows_hash(block.row_ids, block.row_hashes).hex())


def header_hash(service: str, block: "Block", rows: str) -> bytes:
    """The hash of a block whose rows are not known. `rows`: their `rows_hash` in hexadecimal."""
    ids = (block.position, block.after_id, block.up_to_id)
    return sha256(
        orjson.dumps([BLOCK_FORMAT, service, *ids, block.sealed_at, rows, block.previous_hash.hex()])
    ).digest()


def rows_hash(ids: Sequence[int], hashes: Sequence[bytes]) -> bytes:
    """The hash over the rows of a block. For each row it covers the id, as 8 big-endian bytes, and the row's hash."""
    digest = sha256()
    for row_id, one in zip(ids, hashes, strict=True):
        digest.update(row_id.to_bytes(8, "big", signed=True))
        digest.update(one)
    return digest.digest()


class Digests:
    """The two digests that need keys: the digest of the name in a row, and the digest of a block.

    Somebody who can write to the database but has no key file cannot make these digests.
    """

    def __init__(self, row_cipher: RowCipher, index: BlindIndex) -> None:
        self._row_cipher = row_cipher
        self._index = index

    def of_name(self, row: "AuditRow") -> str | None:
        """The keyed digest of the decrypted name. Two rows with the same name have different digests, because the
        digest also covers the row's command id and time.

        If no key decrypts the name, the digest is made from the encrypted bytes.
        """
        if row.actor_sealed is None:
            return None
        try:
            name = actors.unsealed_name(self._row_cipher, row.actor_sealed, row.account)
        except Unreadable:
            return UNREADABLE + sha256(row.actor_sealed).hexdigest()
        return self._index.of(NAME, f"{row.command_id}|{row.at}|{name}")

    def is_of_name(self, digest: str | None, row: "AuditRow") -> bool:
        """Whether the row still has the name that the digest was made from."""
        if digest is None or row.actor_sealed is None:
            return digest is None and row.actor_sealed is None
        if digest.startswith(UNREADABLE):
            return digest == UNREADABLE + sha256(row.actor_sealed).hexdigest()
        return digest == self.of_name(row)

    def of_block(self, block_hash: bytes) -> str:
        """The keyed digest of a block's hash."""
        return self._index.of(BLOCK, block_hash.hex())
