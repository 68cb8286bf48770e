"""Shows that the races find bugs. Each mutant is a bug in a copy of a service. A race of a certain pair of commands
must end in a state that is not allowed.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from faults.command import Folder, quiet_logs, running_rig_stack
from faults.mutants import Mutant
from races.pairs import PAIRS
from races.rounds.run import RunSettings, run

SEED, ROUNDS, PEOPLE, REPLICAS = 20240510, 2, 4, 2

#: `scenario` is the name of the pair.
MUTANTS = (
    Mutant(
        "a_removal_always_granted",
        "removal-submission",
        "domain/candidates/removals",
        "    return UNDER_REVIEW if LineState.IN_REVIEW in own_lines else None\n",
        "    return None\n",
        wrongs=(),
        package="enrollment_svc",
    ),
    Mutant(
        "a_withdrawal_after_the_review",
        "withdrawal-pass_up",
        "domain/lines",
        "    if line.step or line.passed_up:\n",
        "    if False:\n",
        wrongs=(),
        package="review_svc",
    ),
    Mutant(
        "a_voucher_over_rejected_lines",
        "voucher-return",
        "domain/dues",
        "        source = self.in_force or self.submitted\n",
        "        source = self.submitted\n",
        wrongs=(),
        package="payment_svc",
    ),
    Mutant(
        "a_command_executed_for_each_replica",
        "one_key-submission",
        "web/idempotency",
        "    if is_new:\n        return None\n",
        "    if is_new or True:\n        return None\n",
        wrongs=(),
    ),
)


def main(names: Sequence[str]) -> int:
    """Print how many contradictions each planted bug caused; return 1 if a bug caused none."""
    chosen = [one for one in MUTANTS if not names or one.name in names]
    with Folder(keep=False) as folder, quiet_logs(folder.path):
        counts = [_contradictions(one, folder.path) for one in chosen]
    caught = sum(count > 0 for count in counts)
    print(f"races-mutants: {len(chosen)} planted, {caught} caught, {len(chosen) - caught} survived")
    return 0 if chosen and caught == len(chosen) else 1


def _contradictions(mutant: Mutant, folder: Path) -> int:
    pairs = [pair for pair in PAIRS if pair.name == mutant.scenario]
    settings = RunSettings(SEED, ROUNDS, PEOPLE, REPLICAS, mutant.plant(folder / "planted"))
    with running_rig_stack(folder / mutant.name) as rig_stack:
        count = len(run(rig_stack, pairs, settings).found)
    print(f"{mutant.name}: {mutant.scenario} contradictions={count}", flush=True)
    return count


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
