"""Requests exports to find out whether disks are full, because an export writes a temporary file and an audit row."""

import time
from collections.abc import Callable, Mapping

import httpx

from contracts.words import Role
from enrollctl.demo.stages.tree import CITY
from enrollctl.errors import Failure
from enrollctl.ops_client.tokens import new_token
from faults.platform.platform import Platform
from faults.rig.callers import PutOff
from faults.rig.rig_stack import Worker

#: Service that runs in several replicas → the path of one of its exports.
EXPORTS: Mapping[str, str] = {
    "member-svc": "/members/export",
    "enrollment-svc": "/batches/export",
    "review-svc": "/submissions/export",
    "payment-svc": "/dues/export",
}


class Exporters:
    """Requests exports from processes. Raises Failure for an answer that is neither the file nor a clear refusal."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        token = new_token(platform.keys, account="exporter", role=Role.MUNICIPAL, union_id=CITY.union_id)
        self._client = httpx.Client(timeout=30.0, trust_env=False, headers={"Authorization": f"Bearer {token.text}"})

    def ask(self, worker: Worker) -> bool | None:
        """Whether the export succeeded; None if the process is down."""
        try:
            answer = self._client.get(worker.url + EXPORTS[worker.spec.name], params={"format": "csv"})
        except httpx.TransportError:
            return None
        if answer.is_success:
            return True
        refusal = PutOff(worker.spec.name, answer.status_code, answer.headers.get("Retry-After"), answer.text)
        self._platform.put_off.append(refusal)
        if not refusal.is_clear:
            raise Failure(f"{worker.name} answers an export with {refusal}")
        return False

    def ask_all(self) -> None:
        for worker in self._workers():
            self.ask(worker)

    def must_succeed(self, worker: Worker, seconds: float) -> None:
        self._await(worker, True, seconds)

    def must_be_put_off(self, worker: Worker, seconds: float, *, meanwhile: Callable[[], object]) -> None:
        """Wait until the process refuses an export. Before each attempt, `meanwhile` is called to fill the disk again:
        a file that was deleted in the meantime leaves room for an export.
        """
        self._await(worker, False, seconds, meanwhile)

    def all_must_succeed(self, seconds: float) -> None:
        for worker in self._workers():
            self.must_succeed(worker, seconds)

    def all_must_be_put_off(self, seconds: float, *, meanwhile: Callable[[], object]) -> None:
        """Wait until every process has refused an export once. The first exports can still succeed, because the last
        page of a table has room for their audit rows.
        """
        for worker in self._workers():
            self.must_be_put_off(worker, seconds, meanwhile=meanwhile)

    def _await(
        self, worker: Worker, success: bool, seconds: float, meanwhile: Callable[[], object] = lambda: None
    ) -> None:
        deadline = time.monotonic() + seconds
        meanwhile()
        while self.ask(worker) is not success:
            if time.monotonic() > deadline:
                raise Failure(f"{worker.name} {'gives no list' if success else 'puts nobody off'} in {seconds:.0f} s")
            time.sleep(0.05)
            meanwhile()

    def _workers(self) -> list[Worker]:
        return [worker for worker in list(self._platform.rig_stack.workers.values()) if worker.spec.name in EXPORTS]
