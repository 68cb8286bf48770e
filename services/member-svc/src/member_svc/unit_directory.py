"""Which unit a row belongs to: the 单位 cell beats the ticked unit (A46). Standard library only."""

from collections.abc import Iterable
from typing import NamedTuple
from uuid import UUID

from member_svc.cells import text_of
from member_svc.organization_codes import normal_code


class ListedUnit(NamedTuple):
    unit_id: UUID
    name: str
    organization_code: str | None
    credit_code: str | None


class UnitDirectory:
    """The units of one union by name and code. A name that two units share finds neither."""

    def __init__(self, units: Iterable[ListedUnit], ticked: UUID) -> None:
        self._ticked = ticked
        self._by_text: dict[str, UUID | None] = {}
        for unit in units:
            for text in (text_of(unit.name), unit.organization_code, unit.credit_code):
                if text:
                    self._by_text[text] = None if text in self._by_text else unit.unit_id

    def find(self, text: str) -> UUID | None:
        """The unit that a cell names; the ticked one for an empty cell; None for an unrelated one."""
        if not text:
            return self._ticked
        return self._by_text.get(text) or self._by_text.get(normal_code(text))
