"""The hash chain over the audit log (ADR 0018): the job that writes the chain, and the check of the chain."""

from chassis.audit_chain.blocks import AuditRow, Block, Head, blocks_after, position_before, rows_about
from chassis.audit_chain.hashing import GENESIS, Digests, header_hash, row_hash, rows_hash
from chassis.audit_chain.sealer import AuditSealer
from chassis.audit_chain.verification import Verdict, head, verify

__all__ = [
    "GENESIS",
    "AuditRow",
    "AuditSealer",
    "Block",
    "Digests",
    "Head",
    "Verdict",
    "blocks_after",
    "head",
    "header_hash",
    "position_before",
    "row_hash",
    "rows_about",
    "rows_hash",
    "verify",
]
