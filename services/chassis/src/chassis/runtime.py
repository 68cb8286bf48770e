"""The objects of a running service; routes and job handlers get them from here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from chassis.database import Database
from chassis.domain import Clock
from chassis.health import Life
from chassis.identity import TokenVerifier
from chassis.jobs import Outbound
from chassis.polls import PollHandler
from chassis.privacy import BlindIndex, Keys, Sealer, Vault


@dataclass
class Runtime:
    settings: Any
    keys: Keys
    clock: Clock
    database: Database
    http: httpx.AsyncClient
    life: Life
    verifier: TokenVerifier
    handler: PollHandler
    pending_migrations: list[str]
    #: The job handlers, by kind.
    outbound: Mapping[str, Outbound] = field(default_factory=dict)

    @property
    def vault(self) -> Vault:
        return self.database.tools.vault

    @property
    def index(self) -> BlindIndex:
        return self.database.tools.index

    @property
    def sealer(self) -> Sealer:
        return self.database.tools.sealer
