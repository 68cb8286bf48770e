"""If the token of a city-wide role names a district, the account reaches only that district (D02, A61)."""

from typing import Any
from uuid import uuid4

import pytest
from integration.status_checker.conftest import Checker

from contracts.words import DocumentType
from support.outsider import Outsider


@pytest.mark.row("D02", "A61")
async def test_a_district_of_the_token_hides_all_others_on_every_route(checker: Checker):
    number = "310101199001010000"
    event, cause = checker.imported((number, DocumentType.RESIDENT_ID, False))
    await checker.bench.deliver(event, cause=cause)
    await checker.bench.run_jobs()
    jobs = (await checker.bench.client.get("/jobs", headers=checker.bench.token("municipal", None))).json()["items"]
    foreign: dict[str, Any] = {
        "union_id": str(checker.union_id), "job_id": jobs[0]["job_id"], "number": number,
        "document_type": "resident_id",
    }  # fmt: skip
    walk = Outsider(checker.bench, uuid4(), foreign, [jobs[0]["job_id"], str(checker.union_id)])

    assert await walk.faults() == ""
    assert {"GET /jobs", "GET /jobs/{job_id}"} <= await walk.shown_to_the_city()
