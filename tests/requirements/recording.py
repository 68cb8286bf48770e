"""pytest hooks: check the `row` markers when tests are collected, and record passed tests with their rows."""

import json
import os
from pathlib import Path

import pytest

from requirements.table import MOST_ROWS_A_TEST, known

#: The environment variable with the path of the record, a file with a JSON line for each passed test. If the variable
#: is not set, nothing is recorded.
RECORD = "UE_ROWS_RECORD"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        claimed = [row for marker in item.iter_markers("row") for row in marker.args]
        if not claimed:
            continue
        unknown = [row for row in claimed if not known(row)]
        if unknown:
            raise pytest.UsageError(f"{item.nodeid}: docs/requirements.tsv has no rows {unknown}")
        if len(claimed) > MOST_ROWS_A_TEST:
            raise pytest.UsageError(f"{item.nodeid}: {len(claimed)} rows; a test may have {MOST_ROWS_A_TEST} at most")
        item.user_properties.append(("rows", ",".join(dict.fromkeys(claimed))))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    path = os.environ.get(RECORD)
    # Workers of a parallel run send their reports to the process that writes.
    if not path or report.when != "call" or not report.passed or "PYTEST_XDIST_WORKER" in os.environ:
        return
    claimed = dict(report.user_properties).get("rows")
    if claimed:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        with Path(path).open("a") as file:
            file.write(json.dumps({"test": report.nodeid, "rows": str(claimed).split(",")}) + "\n")
