"""Whom or what two acts are about, and from where their race begins."""

from dataclasses import dataclass, field
from enum import IntEnum
from random import Random
from typing import Any
from uuid import UUID

from system.town import PLAN, Townsman

from contracts.words import Role
from enrollctl.demo.caller import Caller
from races.world import Home, World


class Level(IntEnum):
    """How far a case has come when the race begins; each level includes those before it."""

    ABSENT = 0
    LISTED = 1
    #: A line of his own lies before its first reviewer.
    SUBMITTED = 2
    AT_DISTRICT = 3
    #: The center has it and has not decided.
    AT_CENTER = 4
    #: The center has confirmed it; with a companion line it has rejected his and confirmed the companion's.
    PAYABLE = 5
    #: A voucher over all that is due lies at the center, which has not answered.
    PAID = 6


@dataclass(frozen=True, slots=True)
class Start:
    """Where a race begins.

    `own`: at a home of its own, because an act closes or moves it, or has a plan of its own. `twice`: a member of a
    second union too. `card`: with a service card. `unverified`: in 待校验. `plan`: with a plan that nobody has used.
    `companion`: another person's line goes to the center with his. `closed_street`: his reviewing union is closed.
    """

    level: Level = Level.LISTED
    own: bool = False
    twice: bool = False
    card: bool = False
    unverified: bool = False
    plan: bool = False
    companion: bool = False
    closed_street: bool = False


@dataclass
class Subject:
    """One person, and what became of his case so far. `dice` are his own, so that a seed gives the same keys."""

    world: World
    home: Home
    person: Townsman
    start: Start
    dice: Random
    member_id: str = ""
    #: His membership in a second union.
    rival_id: str = ""
    plan: str = PLAN
    batch_no: str = ""
    line_id: str = ""
    version: int = 0
    submission_no: str = ""
    due_fen: int = 0
    voucher_id: str = ""
    companion: "Subject | None" = None
    key: str = field(init=False)

    def __post_init__(self) -> None:
        self.key = self.new_key()

    def new_key(self) -> str:
        return str(UUID(int=self.dice.getrandbits(128), version=4))

    def handler(self, who: int = 0, at: int | None = None) -> Caller:
        return self.world.caller(Role.HANDLER, self.home.union, who, at)

    def reviewer(self, who: int = 0, at: int | None = None) -> Caller:
        return self.world.caller(Role.REVIEWER, self.home.street, who, at)

    @property
    def union_ids(self) -> list[str]:
        """Unions whose entries a race of his may change."""
        homes = (self.home, self.world.elsewhere)
        return [str(place.union_id) for home in homes for place in (home.street, home.union)]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the caller of an act was told: `body` of a success, or the `code` of a refusal."""

    body: Any = None
    code: str = ""

    @property
    def done(self) -> bool:
        return not self.code

    @property
    def told(self) -> str:
        return self.code or "done"
