"""A case: one kind of row in a made-up roster."""

from collections.abc import Callable
from dataclasses import dataclass

from contracts.words import DocumentType
from enrollctl.roster.columns import Cell

Spoil = Callable[[dict[str, Cell]], None]


@dataclass(frozen=True, slots=True)
class Case:
    """One kind of row. `weight`: roughly the percentage of rows that are of this kind.

    `card` and `employment`: the person's statuses in the two registries. NO_RECORD means that this registry has no
    record of the person. None means that the person is not loaded into the registries. `spoil` changes cells of the
    row. `faults`: the (column, code) pairs of the expected rejection. A row without faults is imported. `ends_with_x`:
    whether the document number must end with X; None = both are allowed.
    """

    name: str
    weight: float
    card: str | None = "正常"
    employment: str | None = "在职"
    document: DocumentType = DocumentType.RESIDENT_ID
    service_card: bool = False
    spoil: Spoil | None = None
    faults: tuple[tuple[str, str], ...] = ()
    ends_with_x: bool | None = None
    #: The row repeats the person of an earlier row that is imported: a duplicate.
    repeats_imported: bool = False
    #: The row repeats the person of an earlier row that is rejected. This second row has no fault, so it is imported.
    repeats_rejected: bool = False

    @property
    def plain(self) -> bool:
        """Whether the row is ordinary: it has a resident id, no service card and no odd cells."""
        return self.document is DocumentType.RESIDENT_ID and not (self.service_card or self.spoil or self.faults)

    @property
    def retired(self) -> bool:
        """Whether the person is retired or deceased. Such people are made older than the retirement age."""
        return self.employment in ("退休", "死亡")

    @property
    def needs_earlier_rows(self) -> bool:
        return self.repeats_imported or self.repeats_rejected
