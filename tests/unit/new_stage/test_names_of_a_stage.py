"""Which names a new service is allowed to have, the content of its files, and the topics that name it as a consumer."""

import sys
from pathlib import Path

import pytest

from contracts.topics import TOPICS
from enrollctl.declarations import DECLARATIONS

sys.path.insert(0, str(Path(__file__).parents[3] / "deploy" / "new_stage"))
from consumers import with_consumer
from names import Refused, stage_of
from new_stage import main, renamed

SOURCE = """# 主题
A = Topic("a.b.v1", "key", "a-svc", (), "Chinese: 主题", compacted=True)
B = Topic("c.d.v1", "key", "c-svc", ("a-svc",), "…")
"""


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        *((service.name, "exists already") for service in DECLARATIONS),
        ("chassis", "exists already"),
        *((name, "small letters") for name in ("Receipt", "receipt_svc", "-svc", "receipt--svc", "receipt2", "")),
        ("json", "Python has"),
        ("contracts", "Python has"),
        ("class-svc", "Python has"),
        ("postgres", "the stack has"),
        ("notice-svc", "a table or a route notices"),
        ("metric-svc", "a table or a route metrics"),
    ],
)
def test_a_name_that_cannot_be_is_refused_with_the_reason(name: str, reason: str):
    with pytest.raises(Refused, match=reason):
        stage_of(name, "VoucherAccepted", None)


@pytest.mark.parametrize("reads", ["VoucherEaten", "UnionChanged", ""])
def test_an_event_that_cannot_be_read_is_refused(reads: str):
    with pytest.raises(Refused, match=f"READS={reads}:"):
        stage_of("receipt-svc", reads, None)


def test_the_number_of_another_stage_is_refused():
    with pytest.raises(Refused, match="enrollment-svc"):
        stage_of("receipt-svc", "VoucherAccepted", 4)


def test_what_is_refused_is_said_in_a_sentence_and_writes_nothing(capsys: pytest.CaptureFixture[str]):
    assert main(["Receipt", "--reads", "VoucherAccepted"]) == 2
    assert capsys.readouterr().err.startswith("make new-stage: NAME=Receipt: a name is small letters")


@pytest.mark.parametrize(
    ("name", "plural"),
    [
        ("receipt-svc", "receipts"),
        ("inquiry-svc", "inquiries"),
        ("relay-svc", "relays"),
        ("address-svc", "addresses"),
        ("cover-card-svc", "cover_cards"),
        ("status-keeper", "status_keepers"),
    ],
)
def test_a_name_gives_the_table_its_name(name: str, plural: str):
    assert stage_of(name, "VoucherAccepted", None).plural == plural


def test_every_word_of_the_template_is_replaced_once():
    stage = stage_of("resample-card-svc", "SubmittedToCenter", 9)
    text = (
        "sample-svc sample_svc Sample samples GET /samples "
        'contracts.payments VoucherAccepted on_voucher_accepted 99 = "sample"'
    )
    assert renamed(text, stage) == (
        "resample-card-svc resample_card_svc ResampleCard resample_cards GET /resample-cards "
        'contracts.reviews SubmittedToCenter on_submitted_to_center 9 = "resample_card"'
    )


def test_a_topic_gets_one_more_consumer():
    assert with_consumer(SOURCE, "a.b.v1", "x-svc") == SOURCE.replace("()", '("x-svc",)')
    assert with_consumer(SOURCE, "c.d.v1", "x-svc") == SOURCE.replace('("a-svc",)', '("a-svc", "x-svc")')


def test_a_topic_of_notices_names_no_consumer():
    with pytest.raises(Refused, match="downstream systems"):
        with_consumer(SOURCE, TOPICS[-1].name, "x-svc")
