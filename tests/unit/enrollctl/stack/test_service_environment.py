"""The environment of a service contains the addresses that the service needs, and no setting of another service."""

from pathlib import Path

import pytest

from enrollctl.processes import processes
from enrollctl.stack.services import SERVICES, Addresses, environment
from enrollctl.stack.stack_plan import StackPlan, assemble
from enrollctl.workspace.folders import Folders

FOLDERS = Folders(Path("/stack"))
PORTS = {spec.name: 9000 + number for number, spec in enumerate(SERVICES)}
ADDRESSES = Addresses("127.0.0.1:9999", {spec.name: f"postgresql://{spec.database}" for spec in SERVICES}, PORTS)
BY_NAME = {spec.name: spec for spec in SERVICES}


@pytest.fixture(autouse=True)
def _no_record_of_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable that records responses applies to every service that a test run starts; remove it here."""
    monkeypatch.delenv("UE_ANSWERS_RECORD", raising=False)


def settings(name: str, *, demo: bool = False) -> dict[str, str]:
    found = environment(BY_NAME[name], ADDRESSES, FOLDERS, demo=demo)
    return {key: value for key, value in found.items() if key.startswith("UE_")}


def test_a_service_knows_its_broker_its_database_and_its_port():
    assert settings("member-svc") == {
        "UE_KAFKA_BOOTSTRAP": "127.0.0.1:9999",
        "UE_DATABASE_URL": "postgresql://member_svc",
        "UE_HTTP_HOST": "127.0.0.1",
        "UE_HTTP_PORT": str(PORTS["member-svc"]),
        "UE_KEY_FILE": "/stack/service-keys.json",
        "UE_JWKS_URL": f"http://127.0.0.1:{PORTS['console']}/.well-known/jwks.json",
        "UE_LOG_LEVEL": "info",
    }


def test_the_console_knows_the_services_behind_its_gateway():
    listed = dict(word.split("=") for word in settings("console")["UE_SERVICES"].split())
    assert listed["member-svc"] == f"http://127.0.0.1:{PORTS['member-svc']}"
    assert "simulator" not in listed
    assert settings("console")["UE_PUBLIC_URL"] == f"http://127.0.0.1:{PORTS['console']}"
    assert "UE_JWKS_URL" not in settings("simulator")


def test_those_whom_the_center_calls_back_know_their_own_address():
    center = f"http://127.0.0.1:{PORTS['simulator']}"
    for name in ("review-svc", "payment-svc"):
        assert settings(name)["UE_CENTER_URL"] == center
        assert settings(name)["UE_PUBLIC_URL"] == f"http://127.0.0.1:{PORTS[name]}"
    assert settings("status-checker")["UE_REGISTRY_URL"] == center
    assert settings("payment-svc")["UE_VOUCHER_STORE"] == "/stack/vouchers"


def test_the_simulator_has_no_broker():
    assert "UE_KAFKA_BOOTSTRAP" not in settings("simulator")


def test_only_a_demo_stack_follows_a_clock_file(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("UE_CLOCK_FILE", "/somebody/elses/clock.json")
    assert "UE_CLOCK_FILE" not in settings("member-svc")
    assert settings("member-svc", demo=True)["UE_CLOCK_FILE"] == "/stack/clock.json"


def test_in_a_demo_stack_a_killed_process_soon_leaves_its_group():
    """The broker refuses a session time-out below 6 s."""
    assert 6_000 <= int(settings("member-svc", demo=True)["UE_SESSION_TIMEOUT_MS"]) <= 10_000
    assert "UE_SESSION_TIMEOUT_MS" not in settings("member-svc")


def test_the_next_start_keeps_passwords_and_takes_other_ports_where_needed(tmp_path: Path):
    plan = StackPlan(Folders(tmp_path))
    first, second = assemble(plan, None), assemble(plan, None)
    assert first.passwords == second.passwords
    assert len({first.kafka.port, first.postgres.port, *(one.port for one in first.services)}) == len(SERVICES) + 2


def test_a_running_service_is_not_told_the_owner_of_its_tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Only the process of the migrations gets the owner's address (D04)."""
    told: list[tuple[str, str | None]] = []
    monkeypatch.setattr(
        processes,
        "start",
        lambda command, *, log, environment: told.append((command[-1], environment.get("UE_OWNER_DATABASE_URL"))),
    )
    member = next(one for one in assemble(StackPlan(Folders(tmp_path)), None).services if one.name == "member-svc")
    member.launch()
    member.migrate()
    assert told[0] == ("member_svc", None)
    assert told[1][0] == "migrate"
    assert "//member_svc_owner:" in str(told[1][1])
    assert str(told[1][1]).endswith("/member_svc")
