"""Plants changes of rules, or brings repaired defects back, and checks for each that a test fails.

    python tests/mutants/run.py tests/mutants/rules.toml [NAME …]

A mutant is caught if pytest ran, a test failed and the failure shows the expected text. The run fails if a mutant
survives, breaks an import, fails in another way or cannot be planted, and if a test fails without any mutant. The
servers are started once; two mutants run at a time.
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
#: Time limits for the tests of one mutant, and for all tests without a mutant.
MOST_SECONDS, MOST_SECONDS_OF_ALL = 300, 1_800
#: At most this many characters of a failure's line are printed.
MOST_CHARACTERS = 200
#: pytest's exit codes.
PASSED, FAILED = 0, 1


def run_tests(
    tests: Sequence[str], first_on_path: Path | None, environment: dict[str, str], most_seconds: float = MOST_SECONDS
) -> tuple[int, str]:
    """pytest's exit code and its output; pytest stops at the first failure."""
    variables = environment | ({"PYTHONPATH": str(first_on_path)} if first_on_path else {})
    command = [sys.executable, "-m", "pytest", "-q", "-x", "--tb=short", "-p", "no:cacheprovider", *tests]
    try:
        done = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, timeout=most_seconds)
    except subprocess.TimeoutExpired:
        return -1, f"no answer within {most_seconds} s"
    return done.returncode, done.stdout


def verdict(mutant: Mutant, environment: dict[str, str]) -> tuple[bool, str]:
    with tempfile.TemporaryDirectory(prefix="mutant-") as folder:
        try:
            path = plant(mutant, Path(folder))
        except NotPlantable as error:
            return False, f"NOT PLANTED: {error}"
        code, printed = run_tests(mutant.tests, path, environment)
    if code == FAILED:
        return failed_rightly(mutant, printed)
    if code == PASSED:
        return False, "SURVIVED"
    return False, f"BROKEN (pytest {code}): {printed.strip().splitlines()[-1] if printed.strip() else ''}"


def failed_rightly(mutant: Mutant, printed: str) -> tuple[bool, str]:
    """Whether the failure shows the expected text, and a message. The message contains the line with the expected text,
    or the failure's first line if no line contains this text.
    """
    failed = next((line for line in printed.splitlines() if line.startswith("FAILED ")), "FAILED")
    test = failed.removeprefix("FAILED ").split(" - ")[0].removeprefix("tests/")
    said = [line.removeprefix("E").strip() for line in printed.splitlines() if line.startswith("E  ")]
    shown = next((line for line in said if mutant.shows in line), None)
    if shown is not None:
        return True, f"caught by {test}\n    {shown[:MOST_CHARACTERS]}"
    return False, f"FAILED WITHOUT {mutant.shows!r}: {test}\n    {' '.join(said[:1])[:MOST_CHARACTERS]}"


def main(path: Path, names: Sequence[str]) -> int:
    mutants = [one for one in read_mutants(path) if not names or one.name in names]
    with kafka_server() as kafka, postgres_server() as postgres:
        environment = os.environ | {"UE_TEST_KAFKA": kafka, "UE_TEST_POSTGRES": postgres}
        every = sorted({test for one in mutants for test in one.tests})
        code, printed = run_tests(every, None, environment, MOST_SECONDS_OF_ALL)
        if code != PASSED:
            print(printed[-2000:], "\nthe tests fail without any mutant", sep="")
            return 1
        caught = 0
        with ThreadPoolExecutor(AT_A_TIME) as pool:
            for mutant, (fine, said) in zip(
                mutants, pool.map(lambda one: verdict(one, environment), mutants), strict=True
            ):
                print(f"{mutant.name:<44} {mutant.kind or ' '.join(mutant.rows):<16} {said}", flush=True)
                caught += fine
    counts = f"{len(mutants)} planted, {caught} caught, {len(mutants) - caught} survived"
    print(f"\n{path.stem.removesuffix('s')} mutants: {counts}")
    return 0 if caught == len(mutants) else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
