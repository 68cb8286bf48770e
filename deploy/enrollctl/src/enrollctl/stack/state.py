"""The file stack.json lists the running components for other commands and for the next start. It contains no secret."""

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel

from enrollctl.errors import Failure
from enrollctl.processes.processes import ProcessIdentity
from enrollctl.workspace.files import read_json, write_json
from enrollctl.workspace.folders import Folders

FORMAT = 1


class Phase(StrEnum):
    """STARTING: until every service is ready, or the time limit of the start is over. RUNNING: after that.

    STOPPING: the supervisor stops the components. STOPPED: all have ended. FAILED: an error ended the start or the run.
    """

    STARTING = "starting"
    RUNNING = "running"
    STOPPING = "stopping"
    STOPPED = "stopped"
    FAILED = "failed"


class ComponentState(BaseModel):
    name: str
    kind: str
    port: int
    process: ProcessIdentity | None = None
    restarts: int = 0

    @property
    def url(self) -> str | None:
        return f"http://127.0.0.1:{self.port}" if self.kind == "service" else None


class StackState(BaseModel):
    """`failure`: why the start failed, or which services were not ready in time; None if all went well."""

    format: int = FORMAT
    supervisor: ProcessIdentity
    phase: Phase = Phase.STARTING
    demo: bool = False
    started_at: datetime
    kafka_port: int
    controller_port: int
    postgres_port: int
    #: Component → the last port that a start in this folder has chosen for it, even if the component did not come up.
    ports: dict[str, int] = {}
    parts: list[ComponentState] = []
    failure: str | None = None

    @property
    def kafka_bootstrap(self) -> str:
        return f"127.0.0.1:{self.kafka_port}"

    def part(self, name: str) -> ComponentState | None:
        return next((part for part in self.parts if part.name == name), None)

    def save(self, folders: Folders) -> None:
        write_json(folders.state, self.model_dump(mode="json"))

    def is_live(self) -> bool:
        """Whether the supervisor that wrote this state still runs."""
        return self.supervisor.find() is not None


def load_state(folders: Folders) -> StackState | None:
    """The state of the last start, even if that stack has ended; None if no stack was ever started in the folder."""
    found = read_json(folders.state)
    if found is None:
        return None
    if found.get("format") != FORMAT:
        raise Failure(
            f"{folders.state} was written by another version of enrollctl; first stop the stack with that version"
        )
    return StackState.model_validate(found)
