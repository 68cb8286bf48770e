"""The caller of a request: its token, its account's name, and the audit log."""

from chassis.identity import actors, audit
from chassis.identity.actors import Actor, with_names
from chassis.identity.denials import DenialLimit
from chassis.identity.principal import Principal, TokenVerifier, issue_session_token, issue_token
from chassis.identity.published_keys import PublishedKeys

__all__ = [
    "Actor",
    "DenialLimit",
    "Principal",
    "PublishedKeys",
    "TokenVerifier",
    "actors",
    "audit",
    "issue_session_token",
    "issue_token",
    "with_names",
]
