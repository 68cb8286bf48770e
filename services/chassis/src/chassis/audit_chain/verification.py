"""The check of the chain: compares every row of the audit log and every block with the hashes in the chain."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field

from chassis.audit_chain import blocks
from chassis.audit_chain.blocks import AuditRow, Block, Head
from chassis.audit_chain.hashing import GENESIS, Digests, block_hash, row_hash
from chassis.privacy import BlindIndex, Keys, RowCipher
from chassis.sql import Connection, Statement

#: How many blocks are in memory at a time, together with the rows that they cover.
BLOCKS_AT_ONCE = 50
#: A finding (a sentence about a fault) lists at most this many ids.
LISTED = 10
#: The lowest id of the column's type.
LOWEST_ID = -(2**63)

#: The kinds of differences between a row and its entry in a block.
CHANGED = "changed since {} was sealed"
RENAMED = "changed since {} was sealed: the name of the account"
MOVED = "reordered: each has the content of another row of {}"
#: What a block stores for each of its rows: the hash of the row, and the digest of the name in the row.
Entry = tuple[bytes, str | None]

TAIL = Statement(
    """SELECT count(*) AS rows, min(id) AS first_id, {since} AS since FROM audit_log WHERE id > :up_to_id""",
    since=blocks.TIME.format("min(at)"),
)


@dataclass(slots=True)
class Verdict:
    """The result for one service. `findings`: one sentence for each fault; empty if nothing was changed.

    `head` is the last block; None if the chain is empty. `unsealed` is the number of rows that are not in the chain
    yet. `unsealed_from` is the lowest id of these rows, `unsealed_since` is their oldest time.
    """

    service: str
    findings: list[str] = field(default_factory=list)
    blocks: int = 0
    rows: int = 0
    head: Head | None = None
    unsealed: int = 0
    unsealed_from: int | None = None
    unsealed_since: str | None = None


async def head(connection: Connection, service: str) -> Head | None:
    """The last block of the chain; None if the chain is empty."""
    last = await blocks.last_block(connection)
    return None if last is None else Head.of(service, last)


async def verify(connection: Connection, service: str, keys: Keys | None, anchors: Sequence[Head] = ()) -> Verdict:
    """Check the whole chain in one snapshot of the database, so that rows which are added meanwhile do not matter.

    `anchors`: heads of this service that are kept outside the database. Each must be a block of the chain. `keys`: None
    if no keys are available. Without keys, the digests of names and blocks cannot be checked. Then a changed name is
    not found, and a chain that somebody has written anew is found only if it differs from an anchor.
    """
    digests = Digests(RowCipher(keys), BlindIndex(keys)) if keys else None
    verdict = Verdict(service)
    expected = {anchor.position: anchor for anchor in anchors}
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        last: Block | None = None
        while batch := await blocks.blocks_after(connection, last.position if last else 0, BLOCKS_AT_ONCE):
            floor = last.up_to_id if last else LOWEST_ID
            rows = await blocks.rows_between(connection, floor, max(block.up_to_id for block in batch))
            ids = [row.id for row in rows]
            for block in batch:
                here = rows[bisect_right(ids, floor) : bisect_right(ids, block.up_to_id)]
                verdict.findings += _faults_of_block(service, block, last, digests)
                verdict.findings += _faults_of_rows(block, here, digests)
                floor = block.up_to_id
                anchor = expected.pop(block.position, None)
                if anchor is not None and anchor.hash != block.hash.hex():
                    verdict.findings.append(
                        f"block {block.position} is not the anchored one: the chain was written anew"
                    )
                verdict.blocks += 1
                verdict.rows += len(block.row_ids)
                last = block
        tail = await TAIL.fetchrow(connection, up_to_id=last.up_to_id if last else LOWEST_ID)
    assert tail is not None
    verdict.unsealed, verdict.unsealed_from, verdict.unsealed_since = tail["rows"], tail["first_id"], tail["since"]
    verdict.head = None if last is None else Head.of(service, last)
    verdict.findings += [
        f"the anchored block {position} is missing: the chain was cut, or the database was set back"
        for position in sorted(expected)
    ]
    return verdict


def _faults_of_block(service: str, block: Block, last: Block | None, digests: Digests | None) -> Iterator[str]:
    """One sentence for each fault of the block itself, and of the connection between it and the block before it."""
    name = f"block {block.position} of audit_chain"
    after = last.position if last else 0
    if block.position != after + 1:
        missing = (
            f"block {after + 1} is"
            if block.position == after + 2
            else f"blocks {after + 1} to {block.position - 1} are"
        )
        yield f"{missing} missing from audit_chain"
    elif block.previous_hash != (last.hash if last else GENESIS):
        yield f"{name} does not continue the block before it: one of them was changed"
    elif block.after_id != (last.up_to_id if last else 0):
        yield f"{name} does not begin where the block before it ends: one of them was changed"
    if not _is_complete(block) or block.hash != block_hash(service, block):
        yield f"{name} was changed: its hash is wrong"
    elif digests is not None and block.seal != digests.of_block(block.hash):
        yield f"{name} was written without the service's key"


def _is_complete(block: Block) -> bool:
    """Whether the three lists of the block have the same length, and every row has an id and a hash.

    A name digest may be NULL, because a row can be without a name.
    """
    return (
        len(block.row_ids) == len(block.row_hashes) == len(block.name_digests)
        and all(isinstance(row_id, int) for row_id in block.row_ids)
        and all(isinstance(one, bytes) for one in block.row_hashes)
    )


def _faults_of_rows(block: Block, rows: Sequence[AuditRow], digests: Digests | None) -> Iterator[str]:
    """One sentence for each kind of fault in the rows that the block covers."""
    if not _is_complete(block):
        return
    entries = dict(zip(block.row_ids, zip(block.row_hashes, block.name_digests, strict=True), strict=True))
    found = {row.id: row for row in rows}
    inside = f"block {block.position}"
    if missing := [row_id for row_id in entries if row_id not in found]:
        yield f"{_listed(missing)} removed: {_it_is(missing)} in {inside}"
    if extra := [row_id for row_id in found if row_id not in entries]:
        what = "this id without the row" if len(extra) == 1 else "these ids without the rows"
        yield f"{_listed(extra)} inserted: {inside} covers {what}"
    if list(entries) != sorted(entries):
        yield f"{inside} of audit_chain does not list its rows in the order of their ids"
    for fault, ids in _differences(entries, found, digests).items():
        yield f"{_listed(ids)} {fault.format(inside)}"


def _differences(
    entries: Mapping[int, Entry], found: Mapping[int, AuditRow], digests: Digests | None
) -> dict[str, list[int]]:
    """The ids of the rows that differ from their entries, by the kind of the difference."""
    hashes = {hashed for hashed, _ in entries.values()}
    by_fault: dict[str, list[int]] = {}
    for row_id, entry in entries.items():
        row = found.get(row_id)
        if row is not None and (fault := _difference(row, entry, hashes, digests)):
            by_fault.setdefault(fault, []).append(row_id)
    return by_fault


def _difference(row: AuditRow, entry: Entry, hashes: Set[bytes], digests: Digests | None) -> str | None:
    """The kind of the difference between a row and its entry; None if they agree. `hashes`: all hashes of the block."""
    hashed, name = entry
    if (now := row_hash(row, name)) == hashed:
        return None if _has_name(digests, name, row) else RENAMED
    # The hash of a row covers the digest of the account's name. `now` was computed with the digest in the entry. If
    # somebody has copied the content of another row into this row, that row's name was copied, too. So the hash is
    # computed again, with the digest of the name that this row contains now.
    again = row_hash(row, digests.of_name(row)) if digests else now
    return MOVED if {now, again} & hashes else CHANGED


def _has_name(digests: Digests | None, digest: str | None, row: AuditRow) -> bool:
    """Whether the digest was made from the row's name. Without keys, only the presence of a name can be checked."""
    if digests is None:
        return (digest is None) == (row.actor_sealed is None)
    return digests.is_of_name(digest, row)


def _listed(ids: Sequence[int]) -> str:
    shown = ", ".join(map(str, ids[:LISTED]))
    more = f" and {len(ids) - LISTED} more" if len(ids) > LISTED else ""
    return f"row {shown} of audit_log was" if len(ids) == 1 else f"rows {shown}{more} of audit_log were"


def _it_is(ids: Sequence[int]) -> str:
    return "it is" if len(ids) == 1 else "they are"
