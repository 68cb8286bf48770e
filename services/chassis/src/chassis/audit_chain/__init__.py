"""The hash chain over the audit log (ADR 0018): the job that writes it, and the check that finds what was changed."""

from chassis.audit_chain.blocks import Head
from chassis.audit_chain.sealer import AuditSealer
from chassis.audit_chain.verification import Verdict, head, verify

__all__ = [
    "AuditSealer",
    "Head",
    "Verdict",
    "head",
    "verify",
]
