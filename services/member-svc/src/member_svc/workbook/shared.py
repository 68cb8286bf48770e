"""The data that all sheets of a workbook share."""

from typing import NamedTuple

from member_svc.workbook.formats import GENERAL, NumberFormat


class Shared(NamedTuple):
    """`strings`: the texts to which cells refer by number. `formats`: the number format of each cell style."""

    strings: list[str]
    formats: list[NumberFormat]
    since_1904: bool

    def format(self, style: int) -> NumberFormat:
        """The number format of a cell style."""
        return self.formats[style] if 0 <= style < len(self.formats) else GENERAL
