"""The map of services and topics is drawn from the services' subscriptions."""

from types import SimpleNamespace
from typing import Any

import pytest
from service_map import filled, picture, topics_table

from chassis.messaging import Subscriptions
from contracts.members import MembersImported


def services(*events: Any) -> dict[str, Any]:
    """Two services: a producer, and a consumer that subscribes to `events` and calls the center."""
    on = Subscriptions()
    for event in events:
        on(event)(lambda event, work: None)
    writer = SimpleNamespace(on=Subscriptions(), settings=SimpleNamespace(model_fields={}))
    reader = SimpleNamespace(on=on, settings=SimpleNamespace(model_fields={"center_url": None}))
    return {"member-svc": writer, "reader-svc": reader}


def test_a_subscription_is_an_arrow_from_its_topic():
    assert "members_batches_v1 --> reader_svc" in picture(services(MembersImported))
    assert "member_svc --> members_batches_v1" in picture(services(MembersImported))
    assert "reader_svc <-. HTTP .-> protection_center" in picture(services(MembersImported))


def test_a_topic_that_no_service_reads_is_in_the_table_and_not_in_the_picture():
    assert "members_batches_v1" not in picture(services())
    assert "| `members.batches.v1` | unit_id | member-svc | downstream systems |" in topics_table(services())


def test_a_section_is_written_between_its_marks_and_nowhere_else():
    page = "before\n<!-- part: written by `make docs` -->\nold\n<!-- end of part -->\nafter\n"
    assert filled(page, {"part": "new\n"}) == page.replace("old", "new")


@pytest.mark.parametrize("page", ["", "<!-- part: written by `make docs` -->\nno end\n"])
def test_a_page_without_the_marks_is_refused(page: str):
    with pytest.raises(ValueError, match="part"):
        filled(page, {"part": "new\n"})
