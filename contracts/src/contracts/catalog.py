"""Every event class, by its `ce_type`."""

from contracts import enrollments, members, notices, payments, reviews, statuses, unions
from contracts.event import Event

EVENTS: tuple[type[Event], ...] = (
    unions.UnionChanged,
    unions.UnitsListed,
    enrollments.RateSet,
    members.MembersImported,
    members.MembersChanged,
    members.RemovalRequested,
    members.MembersRemoved,
    statuses.CheckStatuses,
    statuses.StatusesVerified,
    enrollments.RemovalDecided,
    enrollments.MembersConfirmed,
    enrollments.BatchSubmitted,
    enrollments.WithdrawalRequested,
    enrollments.PeopleFlagged,
    reviews.BatchWithdrawn,
    reviews.WithdrawalRefused,
    reviews.BatchReturned,
    reviews.BatchCompleted,
    reviews.BatchReassigned,
    reviews.SubmittedToCenter,
    reviews.CenterConfirmed,
    reviews.CenterRejected,
    payments.VoucherSubmitted,
    payments.VoucherAccepted,
    payments.VoucherRejected,
    notices.MemberNotice,
    notices.MemberNoticeV2,
    notices.EnrollmentNotice,
    notices.ReviewNotice,
    notices.PaymentNotice,
)
BY_TYPE: dict[str, type[Event]] = {kind.ce_type: kind for kind in EVENTS}
