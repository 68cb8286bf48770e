"""Reads workbooks that were damaged at random. Each must be read, or refused with a known code. No process must die, or
need much memory.

    python tests/fuzz/workbooks.py [--files 10000] [--seed 1] [--minutes 20]

A child process reads many files, to save time. Every 50th file is read in a child process of its own, as in
the service.
"""

import argparse
import asyncio
import os
import sys
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

TESTS = Path(__file__).parents[1]
sys.path.insert(0, str(TESTS))

from chassis.files import MIB, Limits, SandboxFailed, SandboxFailure, sandboxed
from fuzz.workbook_mutations import mutant, starts
from fuzz.workbook_reader import FUNCTION, outcome_of, packed
from member_svc.domain.roster.refused_files import RefusedFile
from member_svc.roster.reading import LARGE, opened_roster

MOST_MIB = 250
AT_ONCE = 100
ALONE_EVERY = 50
LIMITS = Limits(memory_bytes=LARGE.memory_bytes, cpu_s=600, wall_s=900)


@dataclass
class Tally:
    outcomes: Counter[str] = field(default_factory=Counter)
    crashed: list[str] = field(default_factory=list)
    peak_child: int = 0
    slowest: tuple[float, int] = (0.0, -1)

    def add(self, number: int, outcome: str, seconds: float = 0.0) -> None:
        self.outcomes[outcome] += 1
        self.slowest = max(self.slowest, (seconds, number))
        if outcome.startswith("bug"):
            self.crashed.append(f"file {number}: {outcome}")


async def read_together(numbers: Sequence[int], files: Sequence[bytes], tally: Tally) -> None:
    """Read all files in one child process. If it dies, a new child process continues after the file that killed it."""
    done = 0
    while done < len(files):
        try:
            async with sandboxed(FUNCTION, packed(files[done:]), limits=LIMITS) as records:
                async for outcome, seconds in records:
                    tally.add(numbers[done], outcome, seconds)
                    done += 1
            tally.peak_child = max(tally.peak_child, records.peak_bytes)
        except SandboxFailed as failed:
            if failed.reason is SandboxFailure.MEMORY:
                tally.add(numbers[done], "FILE_UNREADABLE")
            else:
                tally.add(numbers[done], f"bug: {failed}")
            done += 1


async def read_alone(number: int, data: bytes, tally: Tally) -> None:
    """Read the file in a child process of its own, as the service does."""
    try:
        async with opened_roster([data]) as roster:
            rows = sum([len(some) async for some in roster.rows()])
        outcome = "read" if rows == roster.opened.read_rows else "bug: rows are missing"
        tally.peak_child = max(tally.peak_child, roster.peak_bytes)
    except RefusedFile as refusal:
        outcome = refusal.code
    except Exception as error:
        outcome = f"bug: {type(error).__name__}"
    expected = outcome_of(data)
    tally.add(number, outcome if outcome == expected else f"bug: {outcome} alone, {expected} together")


def own_peak_mib() -> int:
    with suppress(OSError):
        [line] = [one for one in Path("/proc/self/status").read_text().splitlines() if one.startswith("VmHWM")]
        return int(line.split()[1]) // 1024
    return 0


async def run(files: int, seed: int, minutes: float) -> Tally:
    tally, start = Tally(), starts()
    until = time.monotonic() + minutes * 60
    for first in range(0, files, AT_ONCE):
        if time.monotonic() > until:
            tally.crashed.append(f"only {first} files within {minutes} minutes")
            break
        numbers = range(first, min(first + AT_ONCE, files))
        made = {number: mutant(seed, number, start) for number in numbers}
        alone = [number for number in numbers if number % ALONE_EVERY == 0]
        together = [number for number in numbers if number not in alone]
        await read_together(together, [made[number] for number in together], tally)
        for number in alone:
            await read_alone(number, made[number], tally)
    return tally


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--files", type=int, default=10_000)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--minutes", type=float, default=20)
    options = arguments.parse_args()
    os.environ["PYTHONPATH"] = str(TESTS)
    print(f"fuzz-workbooks: seed {options.seed}")
    tally = asyncio.run(run(options.files, options.seed, options.minutes))
    total = sum(tally.outcomes.values())
    for outcome, count in tally.outcomes.most_common():
        print(f"  {outcome}: {count}")
    print(f"  slowest: file {tally.slowest[1]}, {tally.slowest[0]} s of CPU")
    for line in tally.crashed[:50]:
        print(f"  {line}")
    child, service = tally.peak_child // MIB, own_peak_mib()
    read = tally.outcomes["read"]
    refused = total - read - sum(n for outcome, n in tally.outcomes.items() if outcome.startswith("bug"))
    print(
        f"fuzz-workbooks: {total} files, read={read} refused={refused} crashed={len(tally.crashed)}"
        f" peak_child_mib={child} peak_service_mib={service}"
    )
    return 1 if tally.crashed or child > MOST_MIB or service > MOST_MIB else 0


if __name__ == "__main__":
    sys.exit(main())
