"""Rows of the audit log, and the blocks of the hash chain, which prove that the rows are unchanged (ADR 0018)."""

from uuid import UUID

from enrollctl.evidence.documents.rows import Part, Row, Sha256


class AuditEntry(Row):
    """A row of the audit log, with the fields that its hash covers.

    `detail`: the text that PostgreSQL makes from the jsonb. `name_digest`: the keyed digest of the account's name; the
    name itself is not in the pack.
    """

    label = "row {id} of audit_log"

    id: int
    at: str
    account: str
    role: str
    scope_id: UUID | None
    command_id: UUID
    name: str
    subject: str
    detail: str
    address: str | None
    name_digest: str | None


class ChainAbout(Part):
    """The end of the chain before the first block of the document. `after_id`: the last row id that is before it.

    `previous_hash`: the hash of the block before.
    """

    service: str
    after_id: int
    previous_hash: Sha256


class RowHash(Part):
    """A row of a block: its id and its hash."""

    id: int
    sha256: Sha256


class BlockEntry(Row):
    """A block of the chain. `entries`: the hashes of all its rows if one of these rows is in the pack; else None.

    `rows_sha256`: the hash of all row hashes together. `sha256`: the hash of the block.
    """

    label = "block {position} of audit_chain"

    position: int
    up_to_id: int
    sealed_at: str
    rows_sha256: Sha256
    sha256: Sha256
    entries: list[RowHash] | None
