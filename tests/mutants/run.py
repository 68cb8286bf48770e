"""Plant changes of rules, one at a time, and see that a test of the rule fails.

    python tests/mutants/run.py tests/mutants/rules.toml [NAME …]

A mutant is caught when pytest ran and a test failed. One that survives, breaks the import or cannot be planted fails
the run, and so do tests that fail without any mutant. Servers are started once; two mutants run at a time.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from mutants.planting import ROOT, Mutant, NotPlantable, plant, read_mutants
from support.infrastructure import kafka_server, postgres_server

AT_A_TIME = 2
MOST_SECONDS = 300
#: pytest's exit codes.
PASSED, FAILED = 0, 1


def run_tests(tests: Sequence[str], first_on_path: Path | None, environment: dict[str, str]) -> tuple[int, str]:
    """pytest's exit code and the end of what it printed; the first failure is enough."""
    given = environment | ({"PYTHONPATH": str(first_on_path)} if first_on_path else {})
    command = [sys.executable, "-m", "pytest", "-q", "-x", "--tb=line", "-p", "no:cacheprovider", *tests]
    try:
        done = subprocess.run(command, cwd=ROOT, env=given, capture_output=True, text=True, timeout=MOST_SECONDS)
    except subprocess.TimeoutExpired:
        return -1, f"no answer within {MOST_SECONDS} s"
    return done.returncode, done.stdout[-2000:]


def verdict(mutant: Mutant, environment: dict[str, str]) -> tuple[bool, str]:
    with tempfile.TemporaryDirectory(prefix="mutant-") as folder:
        try:
            path = plant(mutant, Path(folder))
        except NotPlantable as error:
            return False, f"NOT PLANTED: {error}"
        code, printed = run_tests(mutant.tests, path, environment)
    if code == FAILED:
        failed = next((line for line in printed.splitlines() if line.startswith("FAILED ")), "FAILED")
        return True, f"caught by {failed.removeprefix('FAILED ').split(' - ')[0].removeprefix('tests/')}"
    if code == PASSED:
        return False, "SURVIVED"
    return False, f"BROKEN (pytest {code}): {printed.strip().splitlines()[-1] if printed.strip() else ''}"


def main(path: Path, names: Sequence[str]) -> int:
    mutants = [one for one in read_mutants(path) if not names or one.name in names]
    with kafka_server() as kafka, postgres_server() as postgres:
        environment = os.environ | {"UE_TEST_KAFKA": kafka, "UE_TEST_POSTGRES": postgres}
        code, printed = run_tests(sorted({test for one in mutants for test in one.tests}), None, environment)
        if code != PASSED:
            print(printed, "\nthe tests fail without any mutant", sep="")
            return 1
        with ThreadPoolExecutor(AT_A_TIME) as pool:
            verdicts = list(pool.map(lambda one: verdict(one, environment), mutants))
    for mutant, (_, said) in zip(mutants, verdicts, strict=True):
        print(f"{mutant.name:<44} {' '.join(mutant.rows):<16} {said}")
    caught = sum(fine for fine, _ in verdicts)
    print(f"\nrule mutants: {len(mutants)} planted, {caught} caught, {len(mutants) - caught} survived")
    return 0 if caught == len(mutants) else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
