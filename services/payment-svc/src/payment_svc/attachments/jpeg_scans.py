"""Reads the markers of a JPEG to find its scans, and what each scan contains. The picture is not decoded.

A scan is one pass over the picture. A progressive JPEG has several scans. The first scans contain the mean value of
each block (coefficient 0). Later scans add details (coefficients 1 to 63) and lower bits. A component is the brightness
or a color. The brightness is the first component.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

FILL, START, END, SCAN, NO_LENGTH = 0xFF, 0xD8, 0xD9, 0xDA, frozenset((0x01, *range(0xD0, 0xD9)))
#: The frame types whose picture can be in a single scan: baseline and extended sequential.
SEQUENTIAL: Final = (0xC0, 0xC1)
FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
#: A marker that ends the data of a scan. Stuffed bytes, restart markers and fill bytes do not end the data.
END_OF_SCAN: Final = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
LAST_COEFFICIENT: Final = 63


@dataclass(frozen=True, slots=True)
class Scan:
    """One scan: coefficients `first` to `last` of some components, without the `shift` lowest bits.

    `end`: the offset at which the data of the scan end.
    """

    components: frozenset[int]
    first: int
    last: int
    shift: int
    end: int


@dataclass(frozen=True, slots=True)
class Scans:
    """All scans of one picture. `frame`: the marker of the frame type. `has_end`: True if there is an end marker."""

    frame: int
    components: tuple[int, ...]
    scans: tuple[Scan, ...]
    has_end: bool

    @property
    def has_one_scan(self) -> bool:
        return self.frame in SEQUENTIAL and len(self.scans) == 1

    @property
    def are_complete(self) -> bool:
        """Whether the scans contain the mean values of all components, and the finest details of the brightness.

        These details are in the last scans, so a file without its last scans does not contain them.
        """
        with_mean_values = {component for scan in self.scans if scan.first == 0 for component in scan.components}
        return with_mean_values >= set(self.components) and any(map(self._has_details, self.scans))

    def _has_details(self, scan: Scan) -> bool:
        return scan.last == LAST_COEFFICIENT and scan.shift == 0 and self.components[0] in scan.components


def scans_of(data: bytes) -> Scans:
    """The scans of the first picture in the file. Raises IndexError or ValueError if the markers are not valid."""
    frame, marker = 0, START
    components: tuple[int, ...] = ()
    scans: list[Scan] = []
    for marker, at in _markers(data):
        if marker in FRAMES:
            frame, components = marker, tuple(data[at + 8 + 3 * number] for number in range(data[at + 7]))
        elif marker == SCAN:
            scans.append(_scan(data, at))
    return Scans(frame, components, tuple(scans), marker == END)


def _markers(data: bytes) -> Iterator[tuple[int, int]]:
    """Yields each marker with the offset of its length field, up to the end of the picture or of the file."""
    at = 2
    while at + 4 <= len(data) or data[at : at + 2] == b"\xff\xd9":
        if data[at] != FILL:
            raise ValueError("no marker")
        marker = data[at + 1]
        if marker == FILL:
            at += 1
            continue
        yield marker, at + 2
        if marker == END:
            return
        if marker not in NO_LENGTH:
            at += int.from_bytes(data[at + 2 : at + 4], "big")
        at = _end_of_scan(data, at + 2) if marker == SCAN else at + 2


def _scan(data: bytes, at: int) -> Scan:
    count = data[at + 2]
    header = at + 3 + 2 * count
    components = frozenset(data[at + 3 : header : 2])
    return Scan(components, data[header], data[header + 1], data[header + 2] & 0x0F, _end_of_scan(data, header + 3))


def _end_of_scan(data: bytes, at: int) -> int:
    found = END_OF_SCAN.search(data, at)
    end = found.start() if found else len(data)
    while data[end - 1] == FILL and end > at:
        end -= 1
    return end
