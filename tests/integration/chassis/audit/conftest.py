import pytest
from integration.chassis.audit.audit_desk import AuditDesk

from chassis.testing import Bench


@pytest.fixture
def desk(bench: Bench, database: str) -> AuditDesk:
    return AuditDesk(bench, database)
