"""A trigger keeps the sums of the lines of each reviewer. At the end of every module, `conftest.py` compares these sums
with the lines."""

from typing import Any

from integration.review_svc.review_driver import ReviewDriver


async def of_city(driver: ReviewDriver, path: str, **params: Any) -> dict[str, Any]:
    found: dict[str, Any] = await driver.get(path, driver.bench.token("municipal", None, "city"), **params)
    return found


async def test_the_city_sums_all_lines_before_and_after_folding(lone_driver: ReviewDriver):
    driver = lone_driver
    await driver.submitted(3)
    await driver.submitted(2, batch_no="CB202405100002")
    for _ in range(2):
        totals = await of_city(driver, "/lines/totals", list="pending")
        assert (totals["lines"], totals["heads"], totals["fee"]["total_fen"]) == (2, 5, 13_000)
        assert (await of_city(driver, "/lines", list="all"))["total"] == 2
        assert (await of_city(driver, "/lines/totals", list="staged"))["heads"] == 0
        await driver.bench.run_periodic()
    await driver.stage_all(driver.street)
    for _ in range(2):
        assert (await of_city(driver, "/lines/totals", list="pending"))["lines"] == 0
        assert (await of_city(driver, "/lines/totals", list="staged"))["heads"] == 5
        await driver.bench.run_periodic()


async def test_a_list_without_lines_offers_no_choices(lone_driver: ReviewDriver):
    driver = lone_driver
    line = await driver.submitted(1)
    assert len((await of_city(driver, "/lines/options", list="pending"))["superiors"]) == 2
    await driver.bench.deliver(driver.withdrawal(line))
    options = await of_city(driver, "/lines/options", list="pending")
    assert (options["superiors"], options["plans"]) == ([], [])


async def test_the_share_of_the_city_has_completed_lines_only(lone_driver: ReviewDriver):
    driver = lone_driver
    await driver.submitted(3)
    assert (await of_city(driver, "/reports/city-share", year=2024))["items"] == []
    number = await driver.at_center()
    share = await of_city(driver, "/reports/city-share", year=2024)
    assert [(item["lines"], item["heads"], item["fee"]["city_fen"]) for item in share["items"]] == [(1, 3, 3900)]
    await driver.center_decides(number, "rejected", 3)
    assert (await of_city(driver, "/reports/city-share", year=2024))["items"] == []
