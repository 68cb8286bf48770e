"""A city-wide role whose token names a district reaches that district alone (D02, A61, F275)."""

from typing import Any

import pytest
from integration.payment_svc.conftest import Till

from support.outsider import Outsider


@pytest.mark.row("D02", "A61", "F275")
async def test_a_district_of_the_token_hides_all_others_on_every_route(till: Till):
    number = await till.payable("CB202405099000")
    voucher_id = (await till.upload(number, amount_fen=3900, reference="REF-SECRET-1")).json()["voucher_id"]
    foreign: dict[str, Any] = {
        "union_id": str(till.district_id), "submission_no": number, "submission_nos": number,
        "voucher_id": voucher_id, "enrollment_type": "immediate", "number": "310101199001010000",
        "document_type": "resident_id",
    }  # fmt: skip
    secrets = [number, voucher_id, "某区总工会", "REF-SECRET-1", "凭证.jpg"]
    walk = Outsider(till.bench, till.neighbor_id, foreign, secrets)

    assert await walk.faults() == ""
    shown = await walk.shown_to_the_city()
    assert {"GET /dues", "GET /vouchers", "GET /vouchers/{voucher_id}", "GET /monitor"} <= shown
    for role in ("center", "auditor"):
        for place, status in ((till.district_id, 200), (till.neighbor_id, 403)):
            headers = till.bench.token(role, place)
            answer = await till.bench.client.get(f"/vouchers/{voucher_id}/file", headers=headers)
            assert answer.status_code == status, (role, place)


@pytest.mark.row("D03")
async def test_nobody_decides_on_a_voucher_that_he_uploaded(till: Till):
    number = await till.payable("CB202405099000")
    voucher_id = (await till.upload(number, amount_fen=3900)).json()["voucher_id"]
    body = {"voucher_id": voucher_id, "decision": "accepted", "reason": None, "decided_at": till.decided_at()}
    own = await till.bench.client.post(
        "/center/voucher-decisions", json=body, headers=till.bench.token("center", None, account="a")
    )
    assert (own.status_code, own.json()["code"]) == (403, "OWN_SUBMISSION")
    assert (await till.decide(voucher_id, "accepted")).status_code == 200
