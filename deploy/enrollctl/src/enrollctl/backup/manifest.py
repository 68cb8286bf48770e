"""The contents of a backup, with checksums that show whether it is complete."""

import hashlib
from datetime import datetime
from pathlib import Path

from pydantic import BaseModel

from enrollctl.errors import Failure
from enrollctl.workspace.files import read_json
from enrollctl.workspace.folders import Folders

NAME = "manifest.json"
FORMAT = 1

#: Topic → partition → offset.
Offsets = dict[str, dict[int, int]]


class BackupFile(BaseModel):
    path: str
    sha256: str
    bytes: int


class Manifest(BaseModel):
    """The list of a backup's files, and the positions on topics.

    All data are of one point in time, because nothing changed during the backup: commands were refused, outboxes were
    empty, no job was due, and the lag was 0.
    """

    format: int = FORMAT
    made_at: datetime
    reason: str
    databases: dict[str, BackupFile]
    #: For each compacted topic, a file with the last record of every key.
    entries: dict[str, BackupFile]
    vouchers: list[BackupFile]
    topic_ends: Offsets
    group_offsets: dict[str, Offsets]
    #: The number of jobs that are due later, by service. The dumps of the databases contain these jobs.
    waiting_requests: dict[str, int]
    dead_letters: dict[str, int]
    keys_fingerprint: str


def file_of(folder: Path, path: Path) -> BackupFile:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
    return BackupFile(path=str(path.relative_to(folder)), sha256=digest.hexdigest(), bytes=path.stat().st_size)


def keys_fingerprint(folders: Folders) -> str:
    """A hash of the keys that encrypt the data. The keys themselves are in no backup."""
    return hashlib.sha256(folders.service_keys.read_bytes()).hexdigest()


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest in the folder. Raises Failure if the folder contains no complete backup."""
    found = read_json(folder / NAME)
    if found is None:
        raise Failure(f"{folder} holds no backup: {NAME} is missing")
    if found.get("format") != FORMAT:
        raise Failure(f"the backup in {folder} was made by another version of enrollctl")
    manifest = Manifest.model_validate(found)
    for one in [*manifest.databases.values(), *manifest.entries.values(), *manifest.vouchers]:
        path = folder / one.path
        if not path.exists() or file_of(folder, path) != one:
            raise Failure(f"the backup in {folder} is damaged: {one.path} is missing or differs from the manifest")
    return manifest


def require_same_keys(manifest: Manifest, folders: Folders) -> None:
    """Raises Failure if the stack has other keys than the backup, because other keys cannot decrypt the backup."""
    if keys_fingerprint(folders) != manifest.keys_fingerprint:
        raise Failure(f"the keys in {folders.root} are not those of the backup: put its keys.json there first")
