"""`python -m races` runs every pair of commands in every round, and exits with 1 if a final state is not allowed."""

import argparse
import sys
from collections.abc import Sequence

from faults.command import Folder, quiet_logs, running_rig_stack
from races.pairs import PAIRS
from races.rounds.run import Outcome, RunSettings, run

SEED = 20240510


def main(arguments: Sequence[str]) -> int:
    options = _parser().parse_args(arguments)
    chosen = [pair for pair in PAIRS if not options.names or pair.name in options.names]
    if unknown := set(options.names) - {pair.name for pair in PAIRS}:
        print(f"no pair is called {', '.join(sorted(unknown))}; there are: {', '.join(p.name for p in PAIRS)}")
        return 2
    settings = RunSettings(options.seed, options.rounds, options.people, options.replicas)
    with Folder(keep=options.keep) as folder:
        with quiet_logs(folder.path), running_rig_stack(folder.path) as rig_stack:
            outcome = run(rig_stack, chosen, settings)
        folder.keep |= bool(outcome.found)
    show_answers(outcome)
    print(
        f"races: pairs={len(chosen)} rounds={settings.rounds} seed={settings.seed} contradictions={len(outcome.found)}"
    )
    return 1 if outcome.found else 0


def show_answers(outcome: Outcome) -> None:
    """For each pair of commands, print how often each combination of the two callers' answers occurred."""
    for name, counts in outcome.answers.items():
        print(f"{name:<36}{', '.join(f'{answers} {count}' for answers, count in sorted(counts.items()))}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="races", description=__doc__)
    parser.add_argument("names", nargs="*", help="pairs by name; all without any")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument(
        "--rounds", type=int, default=4, help="Kafka stops in every second one, replicas are killed in two of four"
    )
    parser.add_argument("--people", type=int, default=2, help="of each pair in a round")
    parser.add_argument("--replicas", type=int, default=2, help="processes of each service that decides")
    parser.add_argument("--keep", action="store_true", help="keep the stack's logs also of a good run")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
