"""The figures of the roster's union in a stack, before and after a demo run. The difference is what the run added."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

#: (topic, partition) → the offset of the next record.
Ends = Mapping[tuple[str, int], int]


@dataclass(frozen=True, slots=True)
class Holdings:
    """People, money in fen and vouchers of one union in one protection year."""

    people: int = 0
    confirmed: int = 0
    completed: int = 0
    center_confirmed: int = 0
    total_fen: int = 0
    city_fen: int = 0
    district_fen: int = 0
    unit_fen: int = 0
    due_fen: int = 0
    paid_fen: int = 0
    vouchers: int = 0
    vouchers_accepted: int = 0

    def since(self, before: "Holdings") -> "Holdings":
        """The difference between these data and the data of `before`."""
        return Holdings(**{one.name: getattr(self, one.name) - getattr(before, one.name) for one in fields(self)})

    def as_dict(self) -> dict[str, int]:
        return {one.name: getattr(self, one.name) for one in fields(self)}


@dataclass(frozen=True, slots=True)
class EarlierHoldings:
    """The figures of the union, and the ends of the topics, before a run. By default all figures are 0."""

    holdings: Holdings = field(default_factory=Holdings)
    ends: Ends = field(default_factory=dict)


def holdings_of(enrollment: Any, review: Any, center: Any, dues: Any, vouchers: Any) -> Holdings:
    """Add up the figures that the services and the center have answered."""
    lines = [line for line in review["lines"] if line["state"]["code"] == "completed"]
    fee = {
        name: sum(line["fee"][name] for line in lines) for name in ("total_fen", "city_fen", "district_fen", "unit_fen")
    }
    return Holdings(
        people=enrollment["people"]["total"],
        confirmed=sum(enrollment["people"]["confirmed"].values()),
        completed=sum(line["people_held"] for line in lines),
        center_confirmed=center["people"],
        due_fen=sum(due["due_fen"] for due in dues),
        paid_fen=sum(due["paid_fen"] for due in dues),
        vouchers=len(vouchers),
        vouchers_accepted=sum(voucher["state"]["code"] == "accepted" for voucher in vouchers),
        **fee,
    )
