"""Checks that the audit rows of a pack are in the hash chain of their service (ADR 0018).

The hash of each row is computed from its fields. The hash of each block is computed from its rows and from the hash of
the block before. The blocks of a pack lead without a gap from the first row of the pack to the head, the last block of
the chain. A signer who forges a row must also forge its block and all later blocks. Then the head of the pack differs
from an anchor: a head that was printed earlier and is kept outside the system.
"""

from collections.abc import Iterator, Sequence

from chassis.audit_chain import AuditRow, Block, Head, header_hash, row_hash, rows_hash
from enrollctl.evidence.documents.audit import AuditEntry, BlockEntry, ChainAbout
from enrollctl.evidence.manifest import PackHead


def faults_of_chain(
    about: ChainAbout, blocks: Sequence[BlockEntry], head: PackHead | None, anchors: Sequence[Head]
) -> Iterator[str]:
    """One sentence for each fault in the blocks of one service. `anchors`: earlier heads of this service."""
    position, after_id, previous = None, about.after_id, bytes.fromhex(about.previous_hash)
    for one in blocks:
        name = f"block {one.position} of audit_chain"
        if position is not None and one.position != position + 1:
            yield f"{name} does not follow block {position}: blocks between them are missing"
        if one.entries is not None and _hash_of_rows(one) != one.rows_sha256:
            yield f"{name}: its rows do not have the hash that it states"
        sealed = Block(one.position, after_id, one.up_to_id, [], [], [], one.sealed_at, previous, b"", "")
        if header_hash(about.service, sealed, one.rows_sha256).hex() != one.sha256:
            yield f"{name}: its hash is wrong, or it does not continue the block before it"
        position, after_id, previous = one.position, one.up_to_id, bytes.fromhex(one.sha256)
    yield from _faults_of_head(blocks, head)
    yield from _faults_of_anchors(blocks, anchors)


def _hash_of_rows(block: BlockEntry) -> str:
    entries = block.entries or []
    return rows_hash([one.id for one in entries], [bytes.fromhex(one.sha256) for one in entries]).hex()


def _faults_of_head(blocks: Sequence[BlockEntry], head: PackHead | None) -> Iterator[str]:
    last = blocks[-1] if blocks else None
    if (last and (last.position, last.sha256)) != (head and (head.position, head.hash)):
        yield "the head in the manifest is not the last block of the chain"


def _faults_of_anchors(blocks: Sequence[BlockEntry], anchors: Sequence[Head]) -> Iterator[str]:
    """If the pack contains the block of an anchor, both hashes must be equal. Other anchors cannot be compared."""
    known = {one.position: one.sha256 for one in blocks}
    for anchor in anchors:
        if known.get(anchor.position, anchor.hash) != anchor.hash:
            yield f"block {anchor.position} is not the anchored one: the chain was written anew"


def faults_of_rows(rows: Sequence[AuditEntry], blocks: Sequence[BlockEntry]) -> Iterator[str]:
    """One sentence for each row whose hash is not in a block of the chain."""
    sealed = {entry.id: entry.sha256 for block in blocks for entry in block.entries or ()}
    for row in rows:
        if row.id not in sealed:
            yield f"row {row.id} of audit_log is in no block of the chain"
        elif hash_of(row) != sealed[row.id]:
            yield f"row {row.id} of audit_log does not have the hash that the chain has for it"


def hash_of(row: AuditEntry) -> str:
    """The hash of the row's fields, computed in the same way as in the chain."""
    scope_id = None if row.scope_id is None else str(row.scope_id)
    audited = AuditRow(
        row.id, row.at, row.account, row.role, scope_id, str(row.command_id), row.name, row.subject, row.detail,
        row.address, None,
    )  # fmt: skip
    return row_hash(audited, row.name_digest).hex()
