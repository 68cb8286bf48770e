"""A bank reference is used once, however it is written, and a search finds a voucher by any written form of its file
name and batch number (D23, F264)."""

from typing import Any

import pytest

from support.writings import TEXTS, spellings

REFERENCE = "FT2024-0510A1"


@pytest.mark.row("D11", "D23")
async def test_one_bank_reference_is_used_once_however_it_is_written(driver: Any) -> None:
    first, second = await driver.payable("CB202405109006"), await driver.payable("CB202405109007")
    assert (await driver.upload(first, amount_fen=3900, reference=REFERENCE)).status_code == 201
    dashes = [REFERENCE.replace("-", dash) for dash in "‐‑–—−－"]
    hidden = ["FT\u20602024-0510A1", f"{REFERENCE}\u200b", f"＇{REFERENCE}", f"`{REFERENCE}", f"{REFERENCE}\ufe0f"]
    for written in (*spellings(REFERENCE), *dashes, *hidden):
        again = await driver.upload(second, amount_fen=3900, reference=written)
        assert (again.status_code, again.json()["code"]) == (409, "BANK_REFERENCE_ALREADY_USED"), ascii(written)
    assert (await driver.due(second))["open_fen"] == 3900
    assert (await driver.upload(second, amount_fen=3900, reference="FT20240510A1")).status_code == 201


@pytest.mark.row("D11")
async def test_a_reference_that_nobody_can_see_is_missing(driver: Any) -> None:
    number = await driver.payable("CB202405109006")
    assert (await driver.upload(number, amount_fen=3900, reference="\u200b\u2060")).status_code == 422


@pytest.mark.row("D11", "F264")
async def test_vouchers_and_batches_are_found_however_they_are_written(driver: Any) -> None:
    number = await driver.payable("CB202405109008")
    files = {}
    for written, searched in TEXTS:
        if written not in files:
            stored = await driver.upload(number, amount_fen=10, reason="分次缴费", name=f"{written}.jpg")
            files[written] = stored.json()["file_name"]
        page = await driver.get("/vouchers", file_name=searched)
        assert [voucher["file_name"] for voucher in page["items"]] == [files[written]], ascii(searched)
    for searched in spellings(number):
        assert (await driver.get("/vouchers", submission_no=searched))["total"] == len(files), ascii(searched)
        assert (await driver.get("/dues", submission_no=searched))["total"] == 1, ascii(searched)
