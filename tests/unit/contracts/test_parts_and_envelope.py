from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.envelope import Envelope, EnvelopeError, derived_id
from contracts.fields import Part, Shares
from contracts.parts import into_parts


def test_no_people_still_make_one_part_that_completes_the_set():
    assert into_parts([]) == [[]]


@given(st.lists(st.integers(1, 400), max_size=60), st.integers(1, 9), st.integers(400, 900))
def test_parts_keep_everybody_in_order_and_stay_within_both_limits(sizes: list[int], people: int, size: int):
    parts = into_parts(sizes, lambda n: n, most_people=people, most_bytes=size)
    assert [n for part in parts for n in part] == sizes
    assert all(len(part) <= people and sum(part) <= size for part in parts)


def test_one_cause_cannot_mint_a_second_fact():
    cause = uuid4()
    assert derived_id(cause, "a.b.v1", "unit", 3) == derived_id(cause, "a.b.v1", "unit", 3)
    different = {
        derived_id(cause, "a.b.v1", "unit", 3),
        derived_id(cause, "a.b.v1", "unit", 4),
        derived_id(cause, "a.b.v1", "other", 3),
    }
    assert len(different) == 3


def test_a_missing_header_is_named():
    with pytest.raises(EnvelopeError, match="ce_id is missing"):
        Envelope.from_headers([])


def test_a_header_without_a_value_is_no_header():
    """Kafka allows a header without a value; client libraries return None for it."""
    with pytest.raises(EnvelopeError, match="ce_id is missing"):
        Envelope.from_headers([(name, None if name == "ce_id" else value) for name, value in headers()])
    assert Envelope.from_headers([*headers(), ("traceparent", None), ("note", None)]).traceparent is None


def headers(**changed: str) -> list[tuple[str, bytes]]:
    envelope = Envelope(uuid4(), "a.b.v1", "/a", datetime.now(UTC), "unit", 1, "cause", "correlation")
    return [(name, changed.get(name, value.decode()).encode()) for name, value in envelope.to_headers()]


@pytest.mark.parametrize("sequence", [1, 2**63 - 1])
def test_a_sequence_counts_from_one(sequence: int):
    assert Envelope.from_headers(headers(ce_sequence=str(sequence))).sequence == sequence


@pytest.mark.parametrize("sequence", [-3, 0, 2**63, 10**20])
def test_a_sequence_that_no_column_holds_or_that_counts_nothing_is_refused(sequence: int):
    with pytest.raises(EnvelopeError, match="ce_sequence is no number from 1 to"):
        Envelope.from_headers(headers(ce_sequence=str(sequence)))


def test_an_attribute_that_answers_could_not_carry_on_is_refused():
    with pytest.raises(EnvelopeError, match="ce_correlationid is longer"):
        Envelope.from_headers(headers(ce_correlationid="x" * 1_025))


def test_a_part_lies_inside_its_set():
    with pytest.raises(ValueError, match="not below count"):
        Part(index=2, count=2)


@given(st.integers(0, 10**9), st.integers(0, 10**9), st.integers(0, 10**9), st.integers(0, 10**5))
def test_shares_always_sum_to_the_total(city: int, district: int, unit: int, heads: int):
    shares = Shares.of(city=city, district=district, unit=unit)
    many = shares.times(heads)
    assert many.total_fen == shares.total_fen * heads == many.city_fen + many.due_fen
    assert (shares + many).total_fen == shares.total_fen + many.total_fen


def test_shares_that_do_not_sum_are_refused():
    with pytest.raises(ValueError, match="do not sum"):
        Shares(total_fen=3, city_fen=1, district_fen=1, unit_fen=0)


def test_ids_are_uuids():
    assert isinstance(derived_id(uuid4(), "x", "y"), UUID)
