"""Workbooks that are damaged at random go through the whole import: upload, check in the background, report."""

from integration.member_svc.handler import Handler
from integration.member_svc.imports.test_large_rosters import memory_mb, start_watching_memory

from fuzz.workbook_mutations import mutant, starts
from member_svc.domain.roster.refused_files import RefusedFile

FILES = 24
SEED = 11
MOST_GROWTH_MB = 60


async def test_every_upload_ends_with_a_report_or_a_known_refusal(handler: Handler):
    known = {kind.code for kind in RefusedFile.__subclasses__()}
    start, ended = starts(), {"checked": 0, "failed": 0, "refused": 0}
    before = start_watching_memory()
    accepted: dict[int, str] = {}
    for number in range(FILES):
        answer = await handler.upload(mutant(SEED, number, start))
        if answer.status_code == 202:
            accepted[number] = answer.json()["import_id"]
        else:
            assert answer.json()["code"] in known, number
            ended["refused"] += 1
    await handler.bench.run_jobs()
    for number, import_id in accepted.items():
        report = await handler.get(f"/imports/{import_id}")
        state = report["state"]["code"]
        assert state in ("checked", "failed"), number
        assert report["failure"] is None or report["failure"]["code"] in known, number
        if state == "checked":
            counts = report["counts"]
            assert counts["rows"] == report["reading"]["read_rows"] == counts["valid"] + counts["rejected"], number
        ended[state] += 1
    assert min(ended.values()) > FILES // 20
    assert memory_mb("VmHWM") - before < MOST_GROWTH_MB
