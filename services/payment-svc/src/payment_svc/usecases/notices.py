"""Notices to districts about vouchers (D06). They name no person and no bank reference, and do not quote the center."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID, uuid5

from chassis.web import yuan
from contracts.notices import PaymentNotice
from contracts.words import NoticeKind, Role
from payment_svc.vouchers import NAMESPACE, Decision

DUE_SOON = "批次 {number} 的缴费凭证最晚应于 {due_on} 上传，尚有 {open}元 未上传凭证，请及时划拨款项并上传缴费凭证"
OVERDUE = "批次 {number} 的缴费凭证已逾期（最晚应于 {due_on} 上传），尚有 {open}元 未上传凭证，请立即划拨并上传"
ACCEPTED = "职保中心已核收批次 {numbers} 的缴费凭证"
REJECTED = "批次 {numbers} 的缴费凭证被职保中心退回，请在缴费凭证管理中查看原因后重新上传"
#: A notice names at most this many submissions of a voucher. The screen of the voucher shows all of them.
MOST_NAMED = 5


def due_soon(*, submission_no: str, union_id: UUID, due_on: date, open_fen: int, now: datetime) -> PaymentNotice:
    text = DUE_SOON.format(number=submission_no, due_on=due_on.isoformat(), open=yuan(open_fen))
    return _notice(NoticeKind.VOUCHER_DUE_SOON, union_id, submission_no, text, now)


def overdue(*, submission_no: str, union_id: UUID, due_on: date, open_fen: int, now: datetime) -> PaymentNotice:
    text = OVERDUE.format(number=submission_no, due_on=due_on.isoformat(), open=yuan(open_fen))
    return _notice(NoticeKind.VOUCHER_OVERDUE, union_id, submission_no, text, now)


def voucher_answered(decision: Decision, union_id: UUID, numbers: Sequence[str], now: datetime) -> PaymentNotice:
    """The notice of the center's decision on a voucher."""
    kind = NoticeKind.CENTER_FEEDBACK if decision.accepted else NoticeKind.VOUCHER_REJECTED
    text = (ACCEPTED if decision.accepted else REJECTED).format(numbers=_listed(numbers))
    return _notice(kind, union_id, str(decision.voucher_id), text, now)


def _listed(numbers: Sequence[str]) -> str:
    listed = "、".join(numbers[:MOST_NAMED])
    return listed if len(numbers) <= MOST_NAMED else f"{listed} 等 {len(numbers)} 个批次"


def _notice(kind: NoticeKind, union_id: UUID, about: str, text: str, now: datetime) -> PaymentNotice:
    notice_id = uuid5(NAMESPACE, f"{kind.value}/{about}/{union_id}")
    return PaymentNotice(
        notice_id=notice_id, kind=kind, union_id=union_id, role=Role.REVIEWER, about=about, text=text, at=now
    )
