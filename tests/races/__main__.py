"""`python -m races`: every pair, so many rounds, Kafka stopped in every other one; exit 1 for a contradiction."""

import argparse
import sys
from collections.abc import Sequence

from faults.command import Folder, grounded, quiet_logs
from races.pairs import PAIRS
from races.play import Course, play

SEED = 20240510


def main(arguments: Sequence[str]) -> int:
    options = _parser().parse_args(arguments)
    chosen = [pair for pair in PAIRS if not options.names or pair.name in options.names]
    if unknown := set(options.names) - {pair.name for pair in PAIRS}:
        print(f"no pair is called {', '.join(sorted(unknown))}; there are: {', '.join(p.name for p in PAIRS)}")
        return 2
    course = Course(options.seed, options.rounds, options.people, options.replicas)
    with Folder(keep=options.keep) as folder:
        with quiet_logs(folder.path), grounded(folder.path) as ground:
            found = play(ground, chosen, course)
        folder.keep |= bool(found)
    rounds = len(chosen) * course.rounds
    print(f"races: pairs={len(chosen)} rounds={rounds} seed={course.seed} contradictions={len(found)}")
    return 1 if found else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="races", description=__doc__)
    parser.add_argument("names", nargs="*", help="pairs by name; all without any")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--rounds", type=int, default=2, help="for each pair; Kafka is stopped in every second one")
    parser.add_argument("--people", type=int, default=6, help="raced at the same time in a round")
    parser.add_argument("--replicas", type=int, default=2, help="processes of each service that decides")
    parser.add_argument("--keep", action="store_true", help="keep the stack's logs also of a good run")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
