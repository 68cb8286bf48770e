"""Reads the registries' answers before the demo starts, with the simulator's own reader."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from chassis.normalization import code_key
from enrollctl.demo.inputs.roster_file import read_bytes
from enrollctl.errors import Failure
from simulator.registries.csv_records import COLUMNS, CsvRecords, Record
from simulator.registries.refused_records import RecordsRefused

CHUNK_BYTES = 1024 * 1024
SEPARATOR_NAMES = {",": "commas", "\t": "tabs", ";": "semicolons", "，": "commas", "；": "semicolons", "|": "bars"}


@dataclass(frozen=True, slots=True)
class RegistryFile:
    """`numbers` are the normalized document numbers. They are only compared with the numbers of the roster."""

    content: bytes
    encoding: str
    separator: str
    unused: tuple[str, ...]
    numbers: frozenset[str]

    def sentence(self, path: Path, roster_numbers: frozenset[str]) -> str:
        """One sentence for the terminal: how the file was read, and how many people of the roster it lists."""
        listed = len(self.numbers & roster_numbers)
        others = len(roster_numbers) - listed
        return (
            f"{path}: read as {self.encoding}, separated by {SEPARATOR_NAMES[self.separator]}; "
            f"records: {len(self.numbers):,}, unused columns: {len(self.unused)}; "
            f"people of the roster listed: {listed:,} of {len(roster_numbers):,}"
            + (f" (the other {others:,} are answered 不明确)" if others else "")
        )


def read_registry(path: Path) -> RegistryFile:
    """Read the file. Raises Failure if the simulator would refuse it, or if two lines have the same document number."""
    content = read_bytes(path, f"registry answers (csv: {','.join(COLUMNS)})")
    reader = CsvRecords()
    lines: dict[str, int] = {}
    try:
        for record in _records(reader, content):
            first = lines.setdefault(code_key(record.number), record.line)
            if first != record.line:
                message = f"line {record.line} has the id_number of line {first} again: keep one of the two lines"
                raise RecordsRefused("RECORD_TWICE", message, line=record.line)
    except RecordsRefused as refusal:
        raise Failure(f"{path} is refused as registry answers: {refusal.message} ({refusal.code})") from None
    assert reader.heading is not None, "a file without a heading line is refused"
    return RegistryFile(content, reader.encoding, reader.heading.separator, reader.heading.unused, frozenset(lines))


def _records(reader: CsvRecords, content: bytes) -> Iterator[Record]:
    for start in range(0, len(content), CHUNK_BYTES):
        yield from reader.feed(content[start : start + CHUNK_BYTES])
    yield from reader.end()
