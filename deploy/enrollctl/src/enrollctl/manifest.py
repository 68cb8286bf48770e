"""What a backup consists of, and how it is known to be whole."""

import hashlib
from datetime import datetime
from pathlib import Path

from pydantic import BaseModel

from enrollctl.errors import Failure
from enrollctl.files import read_json
from enrollctl.folders import Folders

NAME = "manifest.json"
FORMAT = 1

#: Topic → partition → offset.
Offsets = dict[str, dict[int, int]]


class BackupFile(BaseModel):
    path: str
    sha256: str
    bytes: int


class Manifest(BaseModel):
    """Everything is of one point: acts refused, outboxes and requests dry, consumers at the topics' ends."""

    format: int = FORMAT
    made_at: datetime
    reason: str
    databases: dict[str, BackupFile]
    #: Compacted topics hold the last word of every key: they are kept whole.
    entries: dict[str, BackupFile]
    vouchers: list[BackupFile]
    topic_ends: Offsets
    group_offsets: dict[str, Offsets]
    #: Requests that were put off to later, by service; they rest in the databases.
    waiting_requests: dict[str, int]
    dead_letters: dict[str, int]
    keys_fingerprint: str


def file_of(folder: Path, path: Path) -> BackupFile:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
    return BackupFile(path=str(path.relative_to(folder)), sha256=digest.hexdigest(), bytes=path.stat().st_size)


def keys_fingerprint(folders: Folders) -> str:
    """Of the keys under which everything is sealed. The keys themselves are in no backup."""
    return hashlib.sha256(folders.service_keys.read_bytes()).hexdigest()


def read_manifest(folder: Path) -> Manifest:
    """Raises Failure for a folder that holds no whole backup."""
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
    """Raises Failure: without its keys a backup cannot be read."""
    if keys_fingerprint(folders) != manifest.keys_fingerprint:
        raise Failure(f"the keys in {folders.root} are not those of the backup: put its keys.json there first")
