"""Prints every row of docs/requirements.tsv with the passed tests that prove it; exits with 1 if a row has none.

python tests/requirements/report.py RECORD      RECORD: the file of the test runs, a JSON line for each passed test
"""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from requirements.table import rows, screen_only

SHOWN_TESTS = 3


def proofs(record: Path) -> dict[str, list[str]]:
    """Row → the passed tests that prove it, each once, without their parameters."""
    found: dict[str, dict[str, None]] = {}
    for line in record.read_text().splitlines():
        passed = json.loads(line)
        name = passed["test"].split("[")[0].removeprefix("tests/")
        for row in passed["rows"]:
            found.setdefault(row, {})[name] = None
    return {row: list(tests) for row, tests in found.items()}


def main(record: Path) -> int:
    if not record.exists():
        print(f"{record}: no test was recorded")
        return 1
    proved, empty, doubled = proofs(record), [], []
    for row, name in rows().items():
        tests = proved.get(row, [])
        if tests:
            more = f" (+{len(tests) - SHOWN_TESTS})" if len(tests) > SHOWN_TESTS else ""
            print(f"{row}  {len(tests):3d}  {name}\n           {'; '.join(tests[:SHOWN_TESTS])}{more}")
            doubled += [row] if row in screen_only() else []
        elif row in screen_only():
            print(f"{row}  screen  {name}\n           {screen_only()[row]}")
        else:
            empty.append(row)
    tests = {test for found in proved.values() for test in found}
    shown = sum(row in screen_only() for row in rows())
    print(f"\n{len(rows())} rows: {len(rows()) - shown - len(empty)} proved by {len(tests)} tests, {shown} screen only")
    for row in empty:
        print(f"NO TEST  {row}  {rows()[row]}")
    for row in doubled:
        print(f"NOT SCREEN ONLY  {row}: a test proves it; take it out of screen_only.toml")
    return 1 if empty or doubled else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
