"""The folder of a local stack, with all its files. It is `.local` unless the operator names another folder."""

from dataclasses import dataclass
from pathlib import Path

#: Every start appends to the logs. If a log is larger than this, the start first renames it, such as to `kafka.log.1`.
LOG_LIMIT_BYTES = 20 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Folders:
    """The paths of one stack. Two stacks with different roots never touch each other."""

    root: Path

    @property
    def state(self) -> Path:
        return self.root / "stack.json"

    @property
    def lock(self) -> Path:
        return self.root / "stack.lock"

    @property
    def secrets(self) -> Path:
        return self.root / "secrets.json"

    @property
    def keys(self) -> Path:
        """The key file with the private key, which is needed to issue tokens."""
        return self.root / "keys.json"

    @property
    def evidence_key(self) -> Path:
        """The key that signs evidence packs. No service reads it."""
        return self.root / "evidence-key.json"

    @property
    def service_keys(self) -> Path:
        """The key file for services, without the private key."""
        return self.root / "service-keys.json"

    @property
    def center_token(self) -> Path:
        """The token that the simulator, acting as the protection center, sends when it calls back."""
        return self.root / "center.token"

    @property
    def accounts(self) -> Path:
        """The passwords of the demo's accounts at the console."""
        return self.root / "accounts.json"

    @property
    def clock(self) -> Path:
        return self.root / "clock.json"

    @property
    def kafka(self) -> Path:
        return self.root / "kafka"

    @property
    def postgres(self) -> Path:
        return self.root / "postgres"

    @property
    def vouchers(self) -> Path:
        return self.root / "vouchers"

    @property
    def paused(self) -> Path:
        """One file for each paused component. The supervisor keeps the component stopped until its file is deleted."""
        return self.root / "held"

    @property
    def exchanges(self) -> Path:
        """Files of the commands `rebuild` and `bring-back`: locks, and a journal of each run that has not ended."""
        return self.root / "rebuild"

    @property
    def progress(self) -> Path:
        return self.root / "logs" / "progress.jsonl"

    def log(self, name: str) -> Path:
        return self.root / "logs" / f"{name}.log"

    def make(self) -> None:
        """Create the root folder and three folders in it. Other accounts cannot list the root folder, and cannot enter
        the three folders.

        Other accounts can pass through the root folder, because PostgreSQL's data are in it. If root runs the stack,
        the account `nobody` runs PostgreSQL and must reach these data.
        """
        self.root.mkdir(mode=0o711, parents=True, exist_ok=True)
        for folder in (self.root / "logs", self.kafka, self.vouchers):
            folder.mkdir(mode=0o700, exist_ok=True)

    def rotate_logs(self) -> None:
        for log in (self.root / "logs").glob("*.log"):
            if log.stat().st_size > LOG_LIMIT_BYTES:
                log.replace(log.with_suffix(".log.1"))
