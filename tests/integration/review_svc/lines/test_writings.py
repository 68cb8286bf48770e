"""A search finds lines by any written form of the unit's name and code (F214, F215)."""

import pytest
from integration.review_svc.review_driver import ReviewDriver

from contracts.enrollments import ChainStep
from support.writings import TEXTS, spellings


@pytest.mark.row("D11", "F214", "F215")
async def test_lines_are_found_however_a_units_name_and_code_are_written(driver: ReviewDriver):
    chain = [ChainStep(union_id=driver.district, name="区总工会")]
    for place, written in enumerate(dict.fromkeys(written for written, _ in TEXTS)):
        await driver.submitted(1, chain=chain, batch_no=f"CB20240510{place:04d}", unit_name=written)

    async def units(**filters: str) -> set[str]:
        answer = await driver.get("/lines", driver.reviewer(driver.district), list="pending", **filters)
        return {row["unit_name"] for row in answer["items"]}

    for written, searched in TEXTS:
        assert await units(unit_name=searched) == {written}, ascii(searched)
    everything = await units()
    for searched in spellings("D2143569-X"):
        assert await units(organization_code=searched) == everything, ascii(searched)
