"""A disk that the fault rig has filled stays full. If the rig cannot create a small disk, the scenario says so."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from faults.rig.small_disks import MOUNTED, fill, make_room, small_disk
from faults.scenario import NotAvailable


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    try:
        with small_disk(tmp_path, 1):
            yield tmp_path
    except NotAvailable as reason:
        pytest.skip(str(reason))


def has_room(folder: Path) -> bool:
    return os.statvfs(folder).f_bfree > 0


def test_a_file_that_is_deleted_after_the_disk_was_filled_leaves_no_room(disk: Path):
    (disk / "export").write_bytes(b"x" * 5_000)
    fill(disk)
    (disk / "export").unlink()
    assert has_room(disk)
    fill(disk)
    assert not has_room(disk)
    make_room(disk)
    assert has_room(disk)


def test_a_disk_with_an_open_file_is_unmounted_all_the_same(tmp_path: Path):
    try:
        with small_disk(tmp_path, 1):
            file = (tmp_path / "export").open("wb")
    except NotAvailable as reason:
        pytest.skip(str(reason))
    with file:
        assert not (tmp_path / "export").exists()
    assert tmp_path not in MOUNTED


def test_without_root_no_disk_can_be_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(NotAvailable, match="needs root"), small_disk(tmp_path, 1):
        pass


def test_where_mounting_is_not_allowed_the_reason_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """In a container, root possibly has no right to mount."""
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    program = tmp_path / "bin" / "mount"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho permission denied >&2\nexit 32\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent))
    with pytest.raises(NotAvailable, match=r"cannot be mounted here \(permission denied\)"), small_disk(tmp_path, 1):
        pass
    assert tmp_path not in MOUNTED
