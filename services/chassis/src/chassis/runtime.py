"""The objects that all parts of a running service use, such as its database, keys and clock. Routes and job handlers
get them from `Runtime`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from chassis.database import Database
from chassis.domain import Clock
from chassis.health import HealthState
from chassis.identity import DenialLimit, TokenVerifier
from chassis.jobs import JobHandler
from chassis.poll_handling import PollHandler
from chassis.privacy import BlindIndex, Keys, RowCipher, Sealer


@dataclass
class Runtime:
    settings: Any
    keys: Keys
    clock: Clock
    database: Database
    http: httpx.AsyncClient
    health: HealthState
    verifier: TokenVerifier
    handler: PollHandler
    #: The job handlers, by kind.
    job_handlers: Mapping[str, JobHandler] = field(default_factory=dict)
    denials: DenialLimit = field(default_factory=DenialLimit)

    @property
    def row_cipher(self) -> RowCipher:
        return self.database.tools.row_cipher

    @property
    def index(self) -> BlindIndex:
        return self.database.tools.index

    @property
    def sealer(self) -> Sealer:
        return self.database.tools.sealer
