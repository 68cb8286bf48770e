"""Which unit a row belongs to: the 单位 cell beats the ticked unit (A46). Standard library and normalization only."""

from collections.abc import Iterable
from typing import NamedTuple
from uuid import UUID

from chassis.normalization import bare_code_key, display_text, text_key


class ListedUnit(NamedTuple):
    unit_id: UUID
    name: str
    organization_code: str | None
    credit_code: str | None


class UnitDirectory:
    """The units of one union by name and code. A name that two units share finds neither.

    A name counts as it is written first, so that 示例(上海) and 示例（上海） may be two units; then by its key.
    """

    def __init__(self, units: Iterable[ListedUnit], ticked: UUID) -> None:
        self._ticked = ticked
        self._by_name: dict[str, UUID | None] = {}
        self._by_key: dict[str, UUID | None] = {}
        for unit in units:
            _enter(self._by_name, display_text(unit.name), unit.unit_id)
            for key in (text_key(unit.name), unit.organization_code, unit.credit_code):
                _enter(self._by_key, key, unit.unit_id)

    def find(self, text: str) -> UUID | None:
        """The unit that a cell names; the ticked one for an empty cell; None for an unrelated one."""
        written = display_text(text)
        if not written:
            return self._ticked
        if written in self._by_name:
            return self._by_name[written]
        return self._by_key.get(text_key(text)) or self._by_key.get(bare_code_key(text))


def _enter(found: dict[str, UUID | None], text: str | None, unit_id: UUID) -> None:
    """Two units under one text find neither."""
    if text:
        found[text] = unit_id if found.get(text, unit_id) == unit_id else None
