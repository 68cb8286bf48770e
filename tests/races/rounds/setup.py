"""Creates the subjects of all races of a run. A subject is the person about whom the two commands of a race are sent.

The people are imported before the first round.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from random import Random

from system.cluster import PLAN

from contracts.words import CardStatus, EmploymentStatus
from races.pairs import Pair
from races.rounds.preparation import AT_ONCE
from races.subjects import Level, Start, Subject
from races.world import Home, World, own_home, runner

#: (name of a pair, number of a round) → the subjects of the pair in this round.
Subjects = dict[tuple[str, int], list[Subject]]
#: A pair whose subjects need unions of their own has only a third as many subjects, because each union needs its own
#: import.
OWN_EACH = 3


def set_up(world: World, pairs: Sequence[Pair], rounds: int, people: int, seed: int) -> Subjects:
    """Create `people` subjects for each pair and round, or a third of this number if each subject needs a union of its
    own.
    """
    numbers = count(1)
    found = {
        (pair.name, number): [
            _subject(world, pair.start, next(numbers), Random(f"{seed}/{pair.name}/{number}/{index}"))
            for index in range(max(1, people // OWN_EACH) if pair.start.own else people)
        ]
        for number in range(rounds)
        for pair in pairs
    }
    for one in [subject for subjects in found.values() for subject in subjects]:
        if one.start.companion:
            one.companion = _subject(world, one.start, next(numbers), one.dice)
            one.companion.home = one.home
    _settle_in(world, list(_everybody(found)))
    return found


def _subject(world: World, start: Start, number: int, dice: Random) -> Subject:
    home = own_home(number) if start.own else world.shared[number % len(world.shared)]
    return Subject(world, home, runner(number), start, dice, plan=f"R{number}" if start.plan else PLAN)


def _everybody(found: Subjects) -> Iterator[Subject]:
    for subjects in found.values():
        for one in subjects:
            yield from filter(None, (one, one.companion))


def _settle_in(world: World, subjects: Sequence[Subject]) -> None:
    own = [one for one in subjects if one.start.own]
    world.build([one.home for one in own])
    for unverified, employment in ((False, EmploymentStatus.EMPLOYED), (True, EmploymentStatus.UNCLEAR)):
        some = [one.person for one in subjects if one.start.unverified is unverified]
        world.cluster.registries_say(CardStatus.NORMAL, employment, some)
    listed = [one for one in subjects if one.start.level > Level.ABSENT]
    by_home: dict[Home, list[Subject]] = defaultdict(list)
    for one in listed:
        by_home[one.home].append(one)
        if one.start.twice:
            by_home[world.elsewhere].append(one)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(lambda item: _enroll(world, *item), by_home.items()))
    world.platform.settle()


def _enroll(world: World, home: Home, subjects: Sequence[Subject]) -> None:
    world.import_roster(home, [one.person for one in subjects], check=True)
    ids = world.member_ids(home)
    for one in subjects:
        name = "rival_id" if home is world.elsewhere else "member_id"
        setattr(one, name, ids[one.person.name])
