"""The file of an evidence pack: a zip archive. Reading has limits, because the file may come from anybody."""

import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from enrollctl.errors import WrongUse

MIB = 1024 * 1024
#: The limits of a pack. A batch of 100,000 people needs 35 MiB. An audit chain of 100,000 blocks also needs 35 MiB.
MOST_FILE_BYTES = 256 * MIB
MOST_BYTES = 512 * MIB
MOST_MEMBERS = 64
#: A file in the archive may become at most this many times larger when it is decompressed. JSON becomes about 10 times
#: larger. A file that is made to fill the memory, for example with zeros, becomes about 1,000 times larger.
MOST_RATIO = 200
#: For smaller files, MOST_RATIO does not apply.
SMALL = MIB
#: Every file in the archive gets this time of change, so that the same content always gives the same bytes.
TIME = (1980, 1, 1, 0, 0, 0)
ENCRYPTED = 0x1
COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


@dataclass(frozen=True, slots=True)
class Archive:
    """The files in the archive (`members`), by name.

    `damaged`: files whose bytes cannot be read. `repeated`: names that occur twice.
    """

    members: dict[str, bytes]
    damaged: list[str] = field(default_factory=list)
    repeated: list[str] = field(default_factory=list)


def write_archive(path: Path, members: Mapping[str, bytes]) -> None:
    """Write the archive in one step. `members`: file name → content. An existing file at `path` is replaced."""
    part = path.with_name(f".{path.name}.part")
    try:
        with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in members.items():
                member = zipfile.ZipInfo(name, TIME)
                member.compress_type = zipfile.ZIP_DEFLATED
                member.external_attr = 0o644 << 16
                archive.writestr(member, content)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def read_archive(path: Path) -> Archive:
    """Read an archive. Raises WrongUse if the file is no zip archive, is cut short, or exceeds the limits."""
    if path.stat().st_size > MOST_FILE_BYTES:
        raise WrongUse(f"{path} is larger than {MOST_FILE_BYTES // MIB} MiB: it is no evidence pack")
    try:
        with zipfile.ZipFile(path) as archive:
            return _read(path, archive)
    except (zipfile.BadZipFile, NotImplementedError, UnicodeDecodeError) as error:
        raise WrongUse(f"{path} {_defect(path)}; get the file again from whoever made it") from error


def _read(path: Path, archive: zipfile.ZipFile) -> Archive:
    _require_limits(path, archive.infolist())
    found = Archive({})
    for member in archive.infolist():
        if member.filename in found.members or member.filename in found.damaged:
            found.repeated.append(member.filename)
            continue
        try:
            with archive.open(member) as content:
                # Read no more than the size that the archive declares. Only the declared sizes were compared with the
                # limits, and the compressed content can be larger.
                found.members[member.filename] = content.read(member.file_size)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError):
            found.damaged.append(member.filename)
    return found


def _require_limits(path: Path, members: list[zipfile.ZipInfo]) -> None:
    total = sum(member.file_size for member in members)
    if len(members) > MOST_MEMBERS:
        raise WrongUse(f"{path} has {len(members):,} members, more than {MOST_MEMBERS}: it is no evidence pack")
    if total > MOST_BYTES or any(_is_bomb(member) for member in members):
        raise WrongUse(
            f"{path} would need {total // MIB:,} MiB when it is unpacked, more than an evidence pack of its size ever "
            "does: it was not read"
        )
    if any(member.flag_bits & ENCRYPTED or member.compress_type not in COMPRESSIONS for member in members):
        raise WrongUse(f"{path} is encrypted or compressed in another way than an evidence pack")


def _is_bomb(member: zipfile.ZipInfo) -> bool:
    return member.file_size > max(SMALL, MOST_RATIO * member.compress_size)


def _defect(path: Path) -> str:
    with path.open("rb") as file:
        begins_like_zip = file.read(4) == b"PK\x03\x04"
    return "is cut short or damaged: its list of contents is missing" if begins_like_zip else "is no zip archive"
