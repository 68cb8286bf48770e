"""Notices to the reviewers of a union: one for each fact and recipient (D06)."""

from uuid import UUID

from chassis.database import UnitOfWork
from contracts.envelope import derived_id
from contracts.notices import ReviewNotice
from contracts.reviews import CenterConfirmed, CenterRejected
from contracts.words import NoticeKind, Role
from review_svc.domain.submissions import FeedbackResult


def to_reviewer(kind: NoticeKind, union_id: UUID, about: str, text: str, work: UnitOfWork) -> ReviewNotice:
    """A notice to a union's reviewers.

    The notice's id is derived from the event or command that causes it. So a repeated event gives the same notice.
    """
    notice_id = derived_id(work.cause_id, f"notice/{kind.value}", f"{about}/{union_id}")
    return ReviewNotice(
        notice_id=notice_id, kind=kind, union_id=union_id, role=Role.REVIEWER, about=about, text=text, at=work.now
    )


def confirmed(event: CenterConfirmed, work: UnitOfWork) -> ReviewNotice:
    """The notice asks for a voucher only if money is due (A62)."""
    next_step = "请在15日内上传缴费凭证" if event.due_fen else "无需缴费"
    text = f"职保中心已确认提交批次{event.submission_no}，共{event.heads}人，{next_step}。"
    return to_reviewer(NoticeKind.CENTER_CONFIRMED, event.union_id, event.submission_no, text, work)


def rejected(event: CenterRejected, lines: int, work: UnitOfWork) -> ReviewNotice:
    """The notice does not contain the center's reason, which can name a person. The line's history shows the reason."""
    text = f"职保中心退回了提交批次{event.submission_no}中的{lines}条参保信息，已回到待审批参保列表，请查看原因后处理。"
    return to_reviewer(NoticeKind.CENTER_REJECTED, event.union_id, event.submission_no, text, work)


def center_feedback(union_id: UUID, submission_no: str, result: FeedbackResult, work: UnitOfWork) -> ReviewNotice:
    text = f"职保中心已对提交批次{submission_no}的缴费作出反馈：{result.label}。"
    return to_reviewer(NoticeKind.CENTER_FEEDBACK, union_id, submission_no, text, work)


def flagged(union_id: UUID, batch_no: str, people: int, work: UnitOfWork) -> ReviewNotice:
    text = f"审核中的批次{batch_no}有{people}人的就业状态已变为退休或死亡，请核对后通过或退回。"
    return to_reviewer(NoticeKind.PEOPLE_FLAGGED, union_id, batch_no, text, work)


def reassigned(union_id: UUID, closed: UUID, name: str, lines: int, work: UnitOfWork) -> ReviewNotice:
    text = f"原由{name}审核的{lines}条参保信息已由市总工会变更为由本工会审核，请及时处理。"
    return to_reviewer(NoticeKind.REASSIGNED, union_id, str(closed), text, work)
