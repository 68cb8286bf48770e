"""A registry in memory, for tests. It passes the same contract tests as `HttpRegistry`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from status_checker.gateways.registry import RegistryError, RegistryQuery, Reply


@dataclass
class FakeRegistry:
    """`codes` maps document numbers to raw codes; a missing number has no record.

    As long as `troubles` contains errors, each call removes the first error and raises it. The first reply after these
    errors leaves out the numbers in `leave_out` and is partial. Later replies are complete. `asked` records the refs of
    each call.
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
