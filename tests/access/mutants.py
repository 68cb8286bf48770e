"""Shows that the walk finds holes: in a copy of each package a check of access is removed, and the walk must notice."""

import asyncio
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from access.on_stack import walked
from access.world import World
from enrollctl.stack.stack import Stack
from faults.mutants import Mutant


@dataclass(frozen=True, slots=True)
class PlantedHole:
    """`mutant`: its `scenario` is the route that has the hole. `shows`: what the walk must say about this route."""

    mutant: Mutant
    shows: str


#: One for each package, because the services import all copies at once. Each hole is of another kind.
HOLES = (
    PlantedHole(
        Mutant(
            "names_in_full_for_every_role",
            "member-svc GET /members",
            "web/commands",
            '        allowed = getattr(self.request.state, "allowed", None)\n'
            "        return allowed is not None and allowed.shown is not None"
            " and self.principal.role in allowed.shown.names\n",
            "        return True\n",
            wrongs=(),
        ),
        "shows names in full",
    ),
    PlantedHole(
        Mutant(
            "an_import_of_a_stranger",
            "member-svc GET /imports/{import_id}",
            "api/imports/imports",
            '    await require_reach(read.connection, read.principal, import_row["union_id"])\n',
            "",
            wrongs=(),
            package="member_svc",
        ),
        "shows that the id exists",
    ),
    PlantedHole(
        Mutant(
            "a_check_of_a_stranger",
            "status-checker GET /jobs/{job_id}",
            "api/checks",
            "await reached_row(read.connection, read.principal, await store.find_job(read.connection, job_id))",
            "await store.find_job(read.connection, job_id)",
            wrongs=(),
            package="status_checker",
        ),
        "is out of scope",
    ),
    PlantedHole(
        Mutant(
            "batches_of_a_stranger",
            "enrollment-svc GET /batches",
            "api/access",
            "    await require_reach(read.connection, read.principal, union_id)\n",
            "",
            wrongs=(),
            package="enrollment_svc",
        ),
        "shows a foreign id",
    ),
    PlantedHole(
        Mutant(
            "a_review_by_the_submitter",
            "review-svc POST /lines/stage",
            "domain/lines",
            "    if line.submitted_by == reviewer.account or reviewer.union_id in line.own_unions:\n",
            "    if False:\n",
            wrongs=(),
            package="review_svc",
        ),
        "is out of scope",
    ),
    PlantedHole(
        Mutant(
            "a_bank_reference_in_full",
            "payment-svc GET /vouchers/{voucher_id}",
            "api/vouchers",
            "    if not (_owns(read.principal, row) or read.principal.role in BANK.bank):\n",
            "    if False:\n",
            wrongs=(),
            package="payment_svc",
        ),
        "shows bank in full",
    ),
    PlantedHole(
        Mutant(
            "an_account_of_a_peer",
            "console POST /accounts/{account_name}/lock",
            "domain/accounts",
            "        return self.union_id is None or self.union_id in path[:-1]\n",
            "        return True\n",
            wrongs=(),
            package="console",
        ),
        "is out of scope",
    ),
)


@contextmanager
def planted(folder: Path) -> Iterator[None]:
    """Within this context, processes import the packages with holes."""
    before = os.environ.get("PYTHONPATH", "")
    copies = [hole.mutant.plant(folder) for hole in HOLES]
    os.environ["PYTHONPATH"] = os.pathsep.join([*copies, before])
    try:
        yield
    finally:
        os.environ["PYTHONPATH"] = before


def found(hole: PlantedHole, holes: Sequence[str]) -> str | None:
    """What the walk says about the hole, or None."""
    return next((one for one in holes if one.startswith(f"{hole.mutant.scenario} ×") and hole.shows in one), None)


def main() -> int:
    """Print what the walk says about each hole; return 1 if it misses one."""
    routes = {hole.mutant.scenario for hole in HOLES}
    with tempfile.TemporaryDirectory(prefix="access-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        with planted(folder / "planted"):
            stack = Stack.start(folder / "stack", demo=True)
        try:
            world = World(stack)
            world.build()
            walk = asyncio.run(walked(stack, world, world.callers(), wants=lambda route: route.name in routes))
        finally:
            stack.stop()
    said = {hole.mutant.name: found(hole, sorted(walk.holes)) for hole in HOLES}
    for mutant, sentence in said.items():
        print(f"{mutant}: {sentence or 'NOT FOUND'}")
    missed = sum(sentence is None for sentence in said.values())
    print(f"access-mutants: {len(said)} planted, {len(said) - missed} found, {missed} missed")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
