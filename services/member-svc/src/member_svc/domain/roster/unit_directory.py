"""Finds the unit that the 单位 cell of a row names. A blank cell means the ticked unit: the unit that the upload names,
or the only unit of the union (A46).
"""

from collections.abc import Iterable
from typing import NamedTuple
from uuid import UUID

from chassis.normalization import bare_code_key, display_text, text_key

#: How many texts of cells are remembered with their unit. The rows of a file name few units in few spellings.
MOST_REMEMBERED = 1000


class ListedUnit(NamedTuple):
    unit_id: UUID
    name: str
    organization_code: str | None
    credit_code: str | None


class UnitDirectory:
    """The units of one union by name and code. If two units share a name, that name finds no unit.

    The exact name is looked up first, because the names of two units can have the same `text_key` (the normalized
    text), for example 示例(上海) and 示例（上海）. Only if no unit has the exact name, the `text_key` and the code are
    looked up.
    """

    def __init__(self, units: Iterable[ListedUnit], ticked: UUID) -> None:
        self._ticked = ticked
        self._by_name: dict[str, UUID | None] = {}
        self._by_key: dict[str, UUID | None] = {}
        self._remembered: dict[str, UUID | None] = {}
        for unit in units:
            _enter(self._by_name, display_text(unit.name), unit.unit_id)
            for key in (text_key(unit.name), unit.organization_code, unit.credit_code):
                _enter(self._by_key, key, unit.unit_id)

    def find(self, text: str) -> UUID | None:
        """The unit that the cell names, or the ticked unit for a blank cell. None if no unit fits, or several fit."""
        if text in self._remembered:
            return self._remembered[text]
        found = self._look_up(text)
        if len(self._remembered) < MOST_REMEMBERED:
            self._remembered[text] = found
        return found

    def _look_up(self, text: str) -> UUID | None:
        written = display_text(text)
        if not written:
            return self._ticked
        if written in self._by_name:
            return self._by_name[written]
        return self._by_key.get(text_key(text)) or self._by_key.get(bare_code_key(text))


def _enter(found: dict[str, UUID | None], text: str | None, unit_id: UUID) -> None:
    """Map `text` to the unit, or to None if another unit has the same text."""
    if text:
        found[text] = unit_id if found.get(text, unit_id) == unit_id else None
