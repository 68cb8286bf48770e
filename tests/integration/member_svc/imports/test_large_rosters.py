"""Large files: the response comes at once, the check runs in the background with progress, and memory is bounded
(D07)."""

from pathlib import Path

import pytest
from integration.member_svc.handler import Handler
from unit.member_svc.workbooks import huge_workbook, resident

from chassis.system import heap
from member_svc.jobs.checking import ImportCheck

ROWS = 50_000
#: A service is allowed to use 250 MiB. About 90 MiB are in use before the first roster arrives.
MOST_GROWTH_MB = 100


def memory_mb(line: str) -> int:
    """A figure of this process in MB. `line`: VmRSS (memory in use now) or VmHWM (the most memory in use so far)."""
    [found] = [one for one in Path("/proc/self/status").read_text().splitlines() if one.startswith(line)]
    return int(found.split()[1]) // 1024


def start_watching_memory() -> int:
    """Let VmHWM count from now on, and return the memory in use now, in MB."""
    heap.return_free_memory()
    Path("/proc/self/clear_refs").write_text("5")
    return memory_mb("VmRSS")


@pytest.mark.row("D07")
async def test_fifty_thousand_rows_are_answered_at_once_and_checked_with_progress(
    handler: Handler, monkeypatch: pytest.MonkeyPatch
):
    data = huge_workbook((f"张{n}", "身份证", resident(n)) for n in range(ROWS))
    answer = await handler.upload(data)
    import_id = answer.json()["import_id"]
    # The response came before the file was opened, so no row is read yet, whatever the size of the file.
    report = await handler.get(f"/imports/{import_id}")
    assert (answer.status_code, report["state"]["code"], report["progress"]["percent"]) == (202, "checking", 0)

    seen: list[int] = []
    stage = ImportCheck._stage

    async def watched(*arguments: object) -> None:
        await stage(*arguments)  # type: ignore[arg-type]
        if len(seen) < ROWS // 1000 - 1:
            seen.append((await handler.get(f"/imports/{import_id}"))["progress"]["percent"])

    monkeypatch.setattr(ImportCheck, "_stage", watched)
    before = start_watching_memory()
    await handler.bench.run_jobs()
    assert memory_mb("VmHWM") - before < MOST_GROWTH_MB
    assert seen == list(range(2, 100, 2))
    report = await handler.get(f"/imports/{import_id}")
    assert (report["state"]["code"], report["progress"]["percent"]) == ("checked", 100)
    assert (report["counts"]["created"], report["counts"]["rejected"]) == (ROWS, 0)
