"""The connection pool, the unit of work, the outbox, leases, and the gate that stops work during maintenance."""

from chassis.database import leases, maintenance_gate, notice_rows, outbox
from chassis.database.database import Database
from chassis.database.leases import TTL_S, Lease
from chassis.database.listener import Listener, notify
from chassis.database.maintenance_gate import StoppedForMaintenance
from chassis.database.notice_rows import Recipient
from chassis.database.outbox import OutgoingEvent
from chassis.database.unit_of_work import Tools, UnitOfWork, job_id

__all__ = [
    "TTL_S",
    "Database",
    "Lease",
    "Listener",
    "OutgoingEvent",
    "Recipient",
    "StoppedForMaintenance",
    "Tools",
    "UnitOfWork",
    "job_id",
    "leases",
    "maintenance_gate",
    "notice_rows",
    "notify",
    "outbox",
]
