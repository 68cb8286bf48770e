"""If the token of a city-wide role names a district, the account reaches only that district (D02, A61, F275)."""

from typing import Any

import pytest
from integration.payment_svc.conftest import PaymentDriver

from support.outsider import Outsider


@pytest.mark.row("D02", "A61", "F275")
async def test_a_district_of_the_token_hides_all_others_on_every_route(driver: PaymentDriver):
    number = await driver.payable("CB202405099000")
    voucher_id = (await driver.upload(number, amount_fen=3900, reference="REF-SECRET-1")).json()["voucher_id"]
    foreign: dict[str, Any] = {
        "union_id": str(driver.district_id), "submission_no": number, "submission_nos": number,
        "voucher_id": voucher_id, "enrollment_type": "immediate", "number": "310101199001010000",
        "document_type": "resident_id",
    }  # fmt: skip
    secrets = [number, voucher_id, "某区总工会", "REF-SECRET-1", "凭证.jpg"]
    walk = Outsider(driver.bench, driver.neighbor_id, foreign, secrets)

    assert await walk.faults() == ""
    shown = await walk.shown_to_the_city()
    assert {"GET /dues", "GET /vouchers", "GET /vouchers/{voucher_id}", "GET /monitor"} <= shown
    for role in ("center", "auditor"):
        for place, status in ((driver.district_id, 200), (driver.neighbor_id, 403)):
            headers = driver.bench.token(role, place)
            answer = await driver.bench.client.get(f"/vouchers/{voucher_id}/file", headers=headers)
            assert answer.status_code == status, (role, place)


@pytest.mark.row("D03")
async def test_nobody_decides_on_a_voucher_that_he_uploaded(driver: PaymentDriver):
    number = await driver.payable("CB202405099000")
    voucher_id = (await driver.upload(number, amount_fen=3900)).json()["voucher_id"]
    body = {"voucher_id": voucher_id, "decision": "accepted", "reason": None, "decided_at": driver.decided_at()}
    own = await driver.bench.client.post(
        "/center/voucher-decisions", json=body, headers=driver.bench.token("center", None, account="a")
    )
    assert (own.status_code, own.json()["code"]) == (403, "OWN_SUBMISSION")
    assert (await driver.decide(voucher_id, "accepted")).status_code == 200
