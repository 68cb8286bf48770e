"""Whoever has the signing key can sign a false pack. But then its documents contradict one another or the audit chain,
and the verification finds the contradiction.
"""

from collections.abc import Callable
from typing import Any

import pytest
from unit.enrollctl.evidence.sample_pack import (
    BATCH_NO,
    LINE,
    RETURNED,
    SUBMISSION_NO,
    VOUCHER,
    SamplePack,
    chain,
    made,
    sample_pack,
    verdict_of,
)

from chassis.audit_chain import Head
from enrollctl.evidence.chain_proof import hash_of
from enrollctl.evidence.documents.audit import AuditEntry
from enrollctl.evidence.documents.paths import (
    APPROVALS,
    BATCH,
    EVENTS,
    PEOPLE,
    SUBMISSIONS,
    VOUCHERS,
    audit_path,
    chain_path,
)

pytestmark = pytest.mark.row("D04", "A61")

REVIEW, REVIEW_CHAIN = audit_path("review-svc"), chain_path("review-svc")
#: For each field that the hash of an audit row covers, what somebody might write there.
ROW_CHANGES: dict[str, Any] = {
    "at": "2024-05-10T04:00:00.123457Z",
    "account": "wang",
    "role": "auditor",
    "scope_id": None,
    "command_id": made("another command"),
    "name": "lines_unstaged",
    "subject": "",
    "detail": '{"lines": 2}',
    "address": None,
    "name_digest": "d2",
}


@pytest.fixture
def sample() -> SamplePack:
    return sample_pack()


def test_every_field_of_an_audit_row_is_changed():
    assert set(ROW_CHANGES) == set(AuditEntry.model_fields) - {"id"}


@pytest.mark.parametrize("field", ROW_CHANGES)
def test_a_signed_audit_row_that_differs_from_the_chain_is_named(sample: SamplePack, field: str):
    forged = sample.changed(REVIEW, 1, **{field: ROW_CHANGES[field]}).findings()
    assert f"{REVIEW}: row 6 of audit_log does not have the hash that the chain has for it" in forged


def test_a_signed_audit_row_of_another_place_is_named(sample: SamplePack):
    assert f"{REVIEW}: row 7 of audit_log is in no block of the chain" in sample.changed(REVIEW, 1, id=7).findings()


@pytest.mark.parametrize(
    ("row", "fields", "named"),
    [
        (0, {"rows_sha256": "00" * 32}, "block 3 of audit_chain: its rows do not have the hash that it states"),
        (1, {"up_to_id": 8}, "block 4 of audit_chain: its hash is wrong"),
        (1, {"sealed_at": "2024-05-10T05:00:00.000000Z"}, "block 4 of audit_chain: its hash is wrong"),
        (2, {"rows_sha256": "00" * 32}, "block 5 of audit_chain: its hash is wrong"),
        (2, {"sha256": "00" * 32}, "block 6 of audit_chain: its hash is wrong"),
        (3, {"sha256": "00" * 32}, "the head in the manifest is not the last block of the chain"),
    ],
)
def test_a_signed_block_that_breaks_the_chain_is_named(
    sample: SamplePack, row: int, fields: dict[str, Any], named: str
):
    assert any(
        one.startswith(f"{REVIEW_CHAIN}: {named}") for one in sample.changed(REVIEW_CHAIN, row, **fields).findings()
    )


def test_a_block_that_was_left_out_is_missed(sample: SamplePack):
    blocks = list(sample.documents[REVIEW_CHAIN].rows)
    found = sample.with_rows(REVIEW_CHAIN, blocks[:2] + blocks[3:]).findings()
    assert f"{REVIEW_CHAIN}: block 6 of audit_chain does not follow block 4: blocks between them are missing" in found
    found = sample.with_rows(REVIEW_CHAIN, blocks[:3]).findings()
    assert f"{REVIEW_CHAIN}: the head in the manifest is not the last block of the chain" in found


def test_a_chain_that_was_written_anew_is_found_by_a_head_that_was_kept_outside(sample: SamplePack):
    kept = next(head for head in sample.heads if head.service == "review-svc")
    rows = [row.model_copy(update={"account": "wang"}) for row in sample.documents[REVIEW].rows]
    about, blocks = chain("review-svc", rows)
    assert hash_of(rows[0]) in {entry.sha256 for block in blocks for entry in block.entries or ()}
    head = Head("review-svc", blocks[-1].position, blocks[-1].up_to_id, blocks[-1].sha256, blocks[-1].sealed_at)
    anew = sample.with_rows(REVIEW, rows).with_rows(REVIEW_CHAIN, blocks, about)
    decisions = [one.model_copy(update={"account": "wang"}) for one in sample.documents[APPROVALS].rows]
    anew = anew.with_rows(APPROVALS, decisions)
    anew.heads = [head if one.service == "review-svc" else one for one in sample.heads]
    assert anew.findings() == []
    assert anew.findings([kept]) == [
        f"{REVIEW_CHAIN}: block {kept.position} is not the anchored one: the chain was written anew"
    ]
    assert sample.findings([kept]) == []
    assert sample.findings([Head("review-svc", 99, 400, "00" * 32, kept.sealed_at)]) == []


UNPAID = (
    f"{SUBMISSIONS}: submission {SUBMISSION_NO} owes 9,100 fen and states 9,100 as paid; the accepted vouchers pay 0"
)
EVENT = sample_pack().documents[EVENTS].rows[5]
FALSEHOODS: dict[str, tuple[Callable[[SamplePack], SamplePack], str]] = {
    "a person more": (
        lambda pack: pack.with_rows(
            PEOPLE, [*pack.documents[PEOPLE].rows, pack.documents[PEOPLE].rows[0].model_copy(update={"number": 5})]
        ),
        f"{BATCH}: line {LINE} states 3 submitted people and 2 who stay, and the list has 4 and 3",
    ),
    "a returned person is held": (
        lambda pack: pack.changed(PEOPLE, 3, state="held"),
        f"{BATCH}: line {RETURNED} states 1 submitted people and 0 who stay, and the list has 1 and 1",
    ),
    "a person of another line": (
        lambda pack: pack.changed(PEOPLE, 0, line_id=made("stranger")),
        f"{BATCH}: the list has people of line {made('stranger')}, which is not a line of the batch",
    ),
    "more heads": (
        lambda pack: pack.changed(BATCH, 0, heads=3),
        f"{BATCH}: line {LINE}: its fee is not the rate times its people",
    ),
    "nothing completed": (
        lambda pack: pack.changed(BATCH, 0, state="returned"),
        f"{BATCH}: no line of the batch was completed",
    ),
    "another submission": (
        lambda pack: pack.changed(BATCH, 0, submission_no="CB202405109001"),
        f"{BATCH}: line {LINE} was completed, but its submission CB202405109001 is not in the pack",
    ),
    "a submission without the line": (
        lambda pack: pack.changed(SUBMISSIONS, 0, lines=[]),
        f"{BATCH}: line {LINE}: submission {SUBMISSION_NO} has the line with other people or another fee",
    ),
    "more people at the center": (
        lambda pack: pack.changed(SUBMISSIONS, 0, heads=8),
        f"{SUBMISSIONS}: submission {SUBMISSION_NO} has other people or fees than its lines",
    ),
    "rejected by the center": (
        lambda pack: pack.changed(SUBMISSIONS, 0, state="rejected"),
        f"{SUBMISSIONS}: submission {SUBMISSION_NO} is not confirmed and paid",
    ),
    "nothing owed": (
        lambda pack: pack.changed(SUBMISSIONS, 0, due=None),
        f"{SUBMISSIONS}: submission {SUBMISSION_NO} is not confirmed and paid",
    ),
    "another due": (
        lambda pack: pack.changed(
            SUBMISSIONS, 0, due=pack.documents[SUBMISSIONS].rows[0].due.model_copy(update={"due_fen": 9000})
        ),
        f"{SUBMISSIONS}: submission {SUBMISSION_NO} owes another sum than the center confirmed",
    ),
    "no voucher": (
        lambda pack: pack.with_rows(VOUCHERS, []),
        UNPAID,
    ),
    "a rejected voucher": (
        lambda pack: pack.changed(VOUCHERS, 0, state="rejected"),
        UNPAID,
    ),
    "a voucher that pays more than its amount": (
        lambda pack: pack.changed(VOUCHERS, 0, amount_fen=1),
        f"{VOUCHERS}: voucher {VOUCHER}: its amount does not cover what it pays",
    ),
    "another reviewer": (
        lambda pack: pack.changed(APPROVALS, 2, account="wang"),
        f"{APPROVALS}: entry 13 of line {LINE}: the audit log has no command {made('stage')} of wang",
    ),
    "a decision without a command": (
        lambda pack: pack.changed(APPROVALS, 2, cause_id=made("nothing")),
        f"{APPROVALS}: entry 13 of line {LINE}: the audit log has no command {made('nothing')} of reviewer",
    ),
    "a decision about another line": (
        lambda pack: pack.changed(APPROVALS, 0, line_id=made("stranger")),
        f"{APPROVALS}: entry 11 of line {made('stranger')}: the batch has no such line",
    ),
    "nobody completed": (
        lambda pack: pack.with_rows(APPROVALS, pack.documents[APPROVALS].rows[:3]),
        f"{APPROVALS}: line {LINE} was completed, and no entry says by whom",
    ),
    "an event less": (
        lambda pack: pack.with_rows(EVENTS, [one for one in pack.documents[EVENTS].rows if one.id != EVENT.id]),
        f"{EVENTS}: the events of {EVENT.key} on {EVENT.topic} are not those from 1 to 3; missing: 2",
    ),
    "an event of another key": (
        lambda pack: pack.changed(EVENTS, 0, key="CB202405100009"),
        f"{EVENTS}: the events of CB202405100009 on enrollments.batches.v1 are not in the list of keys",
    ),
    "an event twice": (
        lambda pack: pack.changed(EVENTS, 0, id=EVENT.id),
        f"{EVENTS}: two events have the id {EVENT.id}",
    ),
}


@pytest.mark.parametrize("falsehood", FALSEHOODS)
def test_documents_that_contradict_one_another_are_named(sample: SamplePack, falsehood: str):
    forge, named = FALSEHOODS[falsehood]
    assert named in forge(sample).findings()


def test_decisions_of_an_older_release_need_no_command(sample: SamplePack):
    assert sample.changed(APPROVALS, 2, cause_id=None).findings() == []


def test_a_manifest_about_another_batch_is_named(sample: SamplePack):
    [found] = verdict_of(sample.members(batch_no="CB202405100009")).findings
    assert found == f"the manifest is about batch CB202405100009, the documents about {BATCH_NO}"


def test_a_signed_pack_without_a_document_is_not_complete(sample: SamplePack):
    del sample.documents[VOUCHERS]
    assert sample.findings() == [f"{VOUCHERS} is missing: the pack is not complete"]


def test_a_signed_document_with_other_fields_is_refused(sample: SamplePack):
    assert sample.changed(PEOPLE, 0, digest="310101199001010016").findings() == [
        f"{PEOPLE} does not have the fields of its format (ValidationError)"
    ]
