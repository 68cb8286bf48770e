"""The subject of a race: a person about whom two commands are sent, and the state in which the race begins."""

from dataclasses import dataclass, field
from enum import IntEnum
from random import Random
from typing import Any
from uuid import UUID

from system.cluster import PLAN, Resident

from contracts.words import Role
from enrollctl.demo.stages.caller import Caller
from races.world import Home, World


class Level(IntEnum):
    """The last step that the subject has taken before the race. It has taken the steps of all lower levels, too."""

    ABSENT = 0
    LISTED = 1
    #: The subject has a line of its own, which waits for its first reviewer.
    SUBMITTED = 2
    AT_DISTRICT = 3
    #: The center has the submission and has not decided.
    AT_CENTER = 4
    #: The center has confirmed the line; if the subject has a companion, the center has rejected the subject's line and
    #: confirmed the companion's line.
    PAYABLE = 5
    #: The center has a voucher over the whole due and has not answered.
    PAID = 6


@dataclass(frozen=True, slots=True)
class Start:
    """The state in which a race begins.

    `own`: the subject has its own union, because a command closes or moves this union, or because the subject has its
    own plan.
    `twice`: the person is a member of a second union, too. `card`: the person has a service card. `unverified`: the
    person is in 待校验. `plan`: the subject has its own plan, which nobody has used. `companion`: the submission to the
    center also contains the line of a second person, the companion. `closed_street`: the union that reviews the line
    is closed.
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
    """One person, and what has happened to the person so far. `dice`: the subject's random generator, from the seed of
    the run.
    """

    world: World
    home: Home
    person: Resident
    start: Start
    dice: Random
    member_id: str = ""
    #: The member id of the person in a second union; "" if there is no second union.
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
        """The unions that a race of this subject can change."""
        homes = (self.home, self.world.elsewhere)
        return [str(place.union_id) for home in homes for place in (home.street, home.union)]


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a command: the `body` of a success, or the `code` of a refusal."""

    body: Any = None
    code: str = ""

    @property
    def done(self) -> bool:
        return not self.code

    @property
    def text(self) -> str:
        return self.code or "done"
