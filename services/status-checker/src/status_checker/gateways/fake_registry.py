"""A registry in memory. It passes the tests of the real one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from status_checker.gateways.registry import RegistryError, RegistryQuery, Reply


@dataclass
class FakeRegistry:
    """`codes` by document number; a number that is missing has no record.

    The next calls raise `troubles`, one each. The numbers in `leave_out` are missing from one partial reply.
    """

    name: str
    codes: Mapping[str, str] = field(default_factory=dict)
    troubles: list[RegistryError] = field(default_factory=list)
    leave_out: set[str] = field(default_factory=set)
    asked: list[list[str]] = field(default_factory=list)

    async def ask(self, people: Sequence[RegistryQuery]) -> Reply:
        self.asked.append([person.ref for person in people])
        if self.troubles:
            raise self.troubles.pop(0)
        left_out = {person.ref for person in people if person.number in self.leave_out}
        self.leave_out = set()
        known = {p.ref: self.codes[p.number] for p in people if p.number in self.codes and p.ref not in left_out}
        return Reply(known, partial=bool(left_out))
