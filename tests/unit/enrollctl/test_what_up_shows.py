"""The output of `up`, `status`, `jobs list` and `dead-letters list` fits 80 columns. No address or id is cut off."""

import json
import os
import socket
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO
from pathlib import Path
from threading import Thread
from types import ModuleType, SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from rich.cells import cell_len
from rich.console import Console

from enrollctl.commands.ops import dead_letters, jobs
from enrollctl.commands.ops.jobs import entry
from enrollctl.processes.processes import ProcessIdentity
from enrollctl.processes.readiness import readiness
from enrollctl.stack import views
from enrollctl.stack.report import ComponentReport, component_report
from enrollctl.stack.services import SERVICES
from enrollctl.stack.stack_plan import StackPlan, assemble
from enrollctl.stack.state import ComponentState, StackState
from enrollctl.workspace.folders import Folders


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> StringIO:
    text = StringIO()
    monkeypatch.setattr(views, "out", Console(file=text, width=80))
    return text


def state_of(**ports: int) -> StackState:
    return StackState(
        supervisor=ProcessIdentity(pid=4_194_304, started=0.0, command=("enrollctl",)),
        started_at=datetime(2024, 5, 10, tzinfo=UTC),
        demo=True,
        kafka_port=65_001,
        controller_port=65_002,
        postgres_port=65_003,
        ports=ports,
        parts=[ComponentState(name=spec.name, kind="service", port=65_100) for spec in SERVICES],
    )


def reports(reasons: list[str]) -> list[ComponentReport]:
    return [
        ComponentReport(spec.name, "service", 4_194_304, 65_100 + n, not reasons, reasons, 100, 1024.0)
        for n, spec in enumerate(SERVICES)
    ]


def test_the_table_of_the_stack_fits_80_columns_with_every_address_whole(narrow: StringIO):
    views.out.print(views.stack_table(state_of(), reports([])))
    lines = narrow.getvalue().splitlines()
    assert max(map(len, lines)) <= 80
    for number, spec in enumerate(SERVICES):
        [line] = [one for one in lines if spec.name in one]
        assert f"http://127.0.0.1:{65_100 + number}" in line


def test_a_part_that_is_not_ready_says_why_and_where_its_log_is(narrow: StringIO, tmp_path: Path):
    views.print_stack(state_of(), reports(["references: copies are not read to the end yet"]), Folders(tmp_path))
    text = narrow.getvalue()
    assert "member-svc is not ready: references: copies are not read to the end yet" in text
    assert f"its log: {tmp_path}/logs/member-svc.log" in text


HELD = "members.batches.v1/3 key 0d2f: 2 held, first letter 17 (number 9 came, and 7 is due)"


class Health(BaseHTTPRequestHandler):
    """A service that is ready or not, depending on `status`."""

    status, answer = 200, ""

    def do_GET(self) -> None:
        self.send_response(self.status)
        self.end_headers()
        self.wfile.write(self.answer.encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def health() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Health)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("status", [200, 503])
def test_status_shows_the_records_that_a_reader_holds(
    health: int, monkeypatch: pytest.MonkeyPatch, narrow: StringIO, tmp_path: Path, status: int
):
    said = {"reasons": {"database": "away"} if status == 503 else {}, "notes": {"dead letters": HELD}}
    monkeypatch.setattr(Health, "status", status)
    monkeypatch.setattr(Health, "answer", json.dumps(said))
    part = ComponentState(name="review-svc", kind="service", port=health, process=ProcessIdentity.of(os.getpid()))
    report = component_report(part)
    assert (report.ready, report.notes) == (status == 200, [f"dead letters: {HELD}"])
    views.print_stack(state_of(), [report], Folders(tmp_path))
    assert f"note of review-svc: dead letters: {HELD}" in narrow.getvalue()
    assert views.stack_json(state_of(), [report])["parts"][0]["notes"] == [f"dead letters: {HELD}"]


@pytest.mark.parametrize("answer", ["", "[]", '{"notes": "none"}'])
def test_a_part_without_notes_shows_none(health: int, monkeypatch: pytest.MonkeyPatch, answer: str):
    monkeypatch.setattr(Health, "answer", answer)
    assert readiness(f"http://127.0.0.1:{health}").notes == []


def test_up_says_where_everything_is_and_what_to_do_next(narrow: StringIO, tmp_path: Path):
    views.print_stack(state_of(), reports([]), Folders(tmp_path))
    views.print_next(state_of(), here=True)
    text = narrow.getvalue()
    for part in (
        "127.0.0.1:65001", "127.0.0.1:65003", str(tmp_path / "secrets.json"), str(tmp_path / "logs"), "make demo",
        "/docs", "enrollctl token", "Ctrl-C",
    ):  # fmt: skip
        assert part in text


def test_a_request_to_the_outside_is_shown_in_80_columns_with_its_id_whole():
    one = {
        "id": str(uuid4()),
        "service": "enrollment-svc",
        "state": "abandoned",
        "kind": "center.submission",
        "attempts": 12,
        "unended": 0,
        "created_at": "2024-05-10T09:00:00.123456+08:00",
        "ended_at": "2024-05-10T09:10:00+08:00",
        "key": f"{uuid4()}:1",
        "last_error": "HTTP 500",
    }
    lines = entry(one).plain.splitlines()
    assert lines[0].startswith(one["id"])
    assert max(map(len, lines)) <= 80
    assert lines[1] == "  center.submission, 12 tries, 2024-05-10 09:00 to 2024-05-10 09:10"


def printed(monkeypatch: pytest.MonkeyPatch, module: ModuleType, items: list[dict[str, Any]]) -> list[str]:
    """The lines of the module's `list` on a terminal of 80 columns."""
    text = StringIO()
    client = SimpleNamespace(services=["enrollment-svc"], find_all=lambda *_, **__: items)
    monkeypatch.setattr(module, "operators", lambda _: nullcontext(client))
    monkeypatch.setattr(module, "out", Console(file=text, width=80))
    context: Any = None
    module.list_command(context)
    lines = text.getvalue().splitlines()
    # The last line names the next command; the terminal wraps it.
    assert max(map(cell_len, lines[:-1])) <= 80
    return lines


def test_requests_that_ended_their_process_are_listed_in_80_columns(monkeypatch: pytest.MonkeyPatch):
    one = {
        "id": str(uuid4()),
        "service": "enrollment-svc",
        "state": "abandoned",
        "kind": "notices.of_submission",
        "attempts": 1021,
        "unended": 1020,
        "created_at": "2024-05-10T09:00:00.123456+08:00",
        "ended_at": "2024-05-10T09:10:00+08:00",
        "key": f"{uuid4()}:{uuid4()}",
        "last_error": "职保中心没有回答，" * 20,
    }
    lines = printed(monkeypatch, jobs, [one, one])
    assert sum(line.startswith(str(one["id"])) for line in lines) == 2
    assert f"  key {one['key']}" in lines
    assert "  1020 of the tries ended the process" in lines


def test_dead_letters_are_listed_in_80_columns_with_all_ids_whole(monkeypatch: pytest.MonkeyPatch):
    one = {
        "service": "enrollment-svc",
        "id": 12_345_678,
        "group_id": "f" * 64,
        "state": "discarded",
        "ce_type": "union-enrollment.reviews.submitted-to-center.v1",
        "key": f"{uuid4()}",
        "failed_at": "2024-05-10T09:00:00.123456+08:00",
        "attempts": 1021,
        "cause": "ValidationError",
        "message": "part.count: Input should be greater than or equal to 1; " * 10,
    }
    lines = printed(monkeypatch, dead_letters, [one, one | {"group_id": None, "ce_type": None}])
    assert lines[0].startswith("enrollment-svc 12345678  discarded")
    assert {f"  key {one['key']}", f"  group {one['group_id']}", f"  type {one['ce_type']}"} <= set(lines)
    assert "None" not in "".join(lines)
    assert "dead-letters show SERVICE ID" in lines[-1]


def test_ports_stay_over_a_start_that_was_killed_before_any_service_ran(tmp_path: Path):
    plan = StackPlan(Folders(tmp_path))
    first = assemble(plan, None)
    killed = state_of(**first.ports)
    killed.parts = []
    killed.kafka_port, killed.controller_port = first.ports["kafka"], first.ports["controller"]
    killed.postgres_port = first.ports["postgres"]
    again = assemble(plan, killed)
    assert (again.ports, again.moved) == (first.ports, [])


def test_a_port_that_a_stranger_took_is_named_and_another_chosen(tmp_path: Path):
    plan = StackPlan(Folders(tmp_path))
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", 0))
        stranger.listen()
        taken = stranger.getsockname()[1]
        parts = assemble(plan, state_of(**{"member-svc": taken}))
    [moved] = [one for one in parts.moved if one.part == "member-svc"]
    assert moved.before == taken
    assert parts.ports["member-svc"] == moved.now != taken


def test_a_start_without_services_takes_none_of_their_ports(tmp_path: Path):
    first = assemble(StackPlan(Folders(tmp_path)), None)
    bare = assemble(StackPlan(Folders(tmp_path), bare=True, specs=()), state_of(**first.ports))
    assert bare.ports["member-svc"] == first.ports["member-svc"]
    assert first.ports["member-svc"] not in (bare.kafka.port, bare.kafka.controller_port, bare.postgres.port)
