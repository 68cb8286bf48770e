"""Reads from a service's database the audit rows about a batch, and the blocks that prove that these rows are
unchanged.
"""

from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NoReturn
from uuid import UUID

from chassis.audit_chain import (
    GENESIS,
    AuditRow,
    Block,
    Digests,
    Head,
    blocks_after,
    position_before,
    rows_about,
    rows_hash,
)
from chassis.privacy import BlindIndex, Keys, RowCipher
from chassis.sql import Connection
from enrollctl.errors import Failure
from enrollctl.evidence.collecting.stores import NotYet
from enrollctl.evidence.documents.audit import AuditEntry, BlockEntry, ChainAbout, RowHash

UNSEALED = "the service adds rows every 5 seconds; see `enrollctl audit verify`"
#: How many blocks are in memory at a time.
BLOCKS_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class CollectedAudit:
    """The audit rows about the batch from one service. The blocks lead from the block of the first row to the head.

    The head is the last block of the chain. `about` and `head` are None if there are no rows.
    """

    rows: Sequence[AuditEntry]
    blocks: Sequence[BlockEntry]
    about: ChainAbout | None
    head: Head | None


async def audit_of(
    connection: Connection,
    service: str,
    keys: Keys,
    command_ids: Iterable[UUID],
    texts: Iterable[str],
    since: datetime | None,
) -> CollectedAudit:
    """The audit rows with one of the command ids, or with one of `texts` as subject or in their details, and their
    blocks.

    Raises NotYet if a row is in no block yet. Raises Failure if a block was written without the service's key, or if a
    row is in no block although the chain already covers its id.
    """
    rows = await rows_about(connection, command_ids, texts, since)
    if not rows:
        return CollectedAudit([], [], None, None)
    digests = Digests(RowCipher(keys), BlindIndex(keys))
    wanted = {row.id for row in rows}
    names: dict[int, str | None] = {}
    blocks: list[BlockEntry] = []
    about, last = None, None
    async for before, block in _chain_from(connection, rows[0].id):
        about = about or _about(service, before)
        blocks.append(_entry(service, block, wanted, digests))
        names |= {one: name for one, name in zip(block.row_ids, block.name_digests, strict=True) if one in wanted}
        last = block
    if missing := wanted - names.keys():
        _refuse(service, min(missing), last)
    assert last is not None
    return CollectedAudit([_row(row, names[row.id]) for row in rows], blocks, about, Head.of(service, last))


def _refuse(service: str, row_id: int, last: Block | None) -> NoReturn:
    """Raises NotYet if the row is newer than the last block. Otherwise somebody inserted it later: raises Failure."""
    if last is not None and row_id <= last.up_to_id:
        raise Failure(
            f"row {row_id} of the audit log of {service} was inserted past the service: see `enrollctl audit verify`; "
            "no pack was written"
        )
    raise NotYet(f"row {row_id} of the audit log of {service} is in no block yet: {UNSEALED}")


async def _chain_from(connection: Connection, row_id: int) -> AsyncIterator[tuple[Block | None, Block]]:
    """The blocks from the block that covers the row up to the last block.

    Each block comes with the block before it; None if there is no block before it.
    """
    first = await position_before(connection, row_id) + 1
    last: Block | None = None
    while found := await blocks_after(connection, last.position if last else max(first - 2, 0), BLOCKS_AT_ONCE):
        for block in found:
            if block.position >= first:
                yield last, block
            last = block


def _about(service: str, before: Block | None) -> ChainAbout:
    if before is None:
        return ChainAbout(service=service, after_id=0, previous_hash=GENESIS.hex())
    return ChainAbout(service=service, after_id=before.up_to_id, previous_hash=before.hash.hex())


def _entry(service: str, block: Block, wanted: set[int], digests: Digests) -> BlockEntry:
    """The entry of the block.

    It contains the hashes of all rows of the block if at least one of these rows is wanted.
    """
    if block.seal != digests.of_block(block.hash):
        raise Failure(
            f"block {block.position} of the audit chain of {service} was written without the service's key: see "
            "`enrollctl audit verify`; no pack was written"
        )
    others_only = wanted.isdisjoint(block.row_ids)
    entries = zip(block.row_ids, block.row_hashes, strict=True)
    return BlockEntry(
        position=block.position,
        up_to_id=block.up_to_id,
        sealed_at=block.sealed_at,
        rows_sha256=rows_hash(block.row_ids, block.row_hashes).hex(),
        sha256=block.hash.hex(),
        entries=None if others_only else [RowHash(id=row_id, sha256=one.hex()) for row_id, one in entries],
    )


def _row(row: AuditRow, name_digest: str | None) -> AuditEntry:
    fields = {name: value for name, value in row._asdict().items() if name != "actor_sealed"}
    return AuditEntry(**fields, name_digest=name_digest)
