"""The figures that a made-up roster must have after its import and after the registries' check of its people."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from contracts.words import Channel
from enrollctl.roster.rows import Row
from enrollctl.roster.standing import Place

#: On which stacks the figures are valid. This text is printed with the figures.
HOLDS_ON = (
    "a stack that has none of these people yet, such as a new one: people whom the stack already has count as "
    "unchanged, and people who are already enrolled are not enrolled again"
)


@dataclass(frozen=True, slots=True)
class Rejection:
    """An expected fault of a row. `row`: its number in the sheet, where the heading is row 1. `column`: the heading."""

    row: int
    column: str
    code: str


@dataclass(frozen=True, slots=True)
class Expected:
    """The expected figures, with the names that the demo's report uses. `rows` counts data rows without blank rows.

    `to_verify`, `to_confirm` and `ready` are figures after the check and before any confirmation. `ready_if_confirmed`
    and `to_verify_if_confirmed` are figures after a handler has confirmed everybody (全部确认).
    """

    rows: int
    imported: int
    rejected_rows: int
    rejected: list[Rejection]
    rejected_by_code: dict[str, int]
    excluded: dict[str, int]
    to_verify: int
    to_confirm: int
    ready: dict[str, int]
    ready_if_confirmed: dict[str, int]
    to_verify_if_confirmed: int
    cases: dict[str, int]

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def expect(rows: Iterable[Row]) -> Expected:
    """Count the expected figures from the cases of the rows, without reading any cell."""
    cases: Counter[str] = Counter()
    now: Counter[tuple[Place, Channel | None]] = Counter()
    confirmed: Counter[tuple[Place, Channel | None]] = Counter()
    rejections: list[Rejection] = []
    rejected_rows = to_confirm = 0
    for row in rows:
        cases[row.case.name] += 1
        if row.case.faults:
            rejected_rows += 1
            rejections += [Rejection(row.sheet_row, column, code) for column, code in row.case.faults]
            continue
        standing = row.standing
        now[standing.place, standing.channel] += 1
        confirmed[standing.if_confirmed, standing.channel] += 1
        to_confirm += standing.to_confirm
    return Expected(
        rows=cases.total(),
        imported=now.total(),
        rejected_rows=rejected_rows,
        rejected=rejections,
        rejected_by_code=dict(sorted(Counter(rejection.code for rejection in rejections).items())),
        excluded={"covered": 0}
        | {place.value: _at(now, place) for place in (Place.RETIRED, Place.DECEASED, Place.NOT_RESIDENT_ID)},
        to_verify=_at(now, Place.TO_VERIFY),
        to_confirm=to_confirm,
        ready={channel.value: now[Place.READY, channel] for channel in Channel},
        ready_if_confirmed={channel.value: confirmed[Place.READY, channel] for channel in Channel},
        to_verify_if_confirmed=_at(confirmed, Place.TO_VERIFY),
        cases=dict(sorted(cases.items())),
    )


def _at(counts: Counter[tuple[Place, Channel | None]], place: Place) -> int:
    return sum(count for (counted_place, _), count in counts.items() if counted_place is place)
