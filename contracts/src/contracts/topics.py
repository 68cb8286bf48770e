"""Every topic, declared once."""

from dataclasses import dataclass

PARTITIONS = 12
RETENTION_DAYS = 400


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic, named `subject.content.vN`.

    Its number of partitions never changes, because a key's partition depends on it.
    """

    name: str
    key: str
    producer: str
    consumers: tuple[str, ...]
    summary: str
    compacted: bool = False
    partitions: int = PARTITIONS
    retention_days: int = RETENTION_DAYS

    @property
    def source(self) -> str:
        """The `ce_source` of every record on this topic. Readers refuse records with any other `ce_source`."""
        return f"/{self.producer}"

    def config(self) -> dict[str, str]:
        """Kafka's settings for this topic.

        The broker sets the time of each record. If producers set it, the broker would refuse the records of a producer
        whose clock is more than an hour ahead.
        """
        base = {"max.message.bytes": str(1024 * 1024), "message.timestamp.type": "LogAppendTime"}
        if self.compacted:
            return base | {"cleanup.policy": "compact"}
        return base | {"cleanup.policy": "delete", "retention.ms": str(self.retention_days * 86_400_000)}


UNIONS = Topic(
    "unions.entries.v1",
    "union_id",
    "member-svc",
    ("status-checker", "enrollment-svc", "review-svc", "payment-svc", "console"),
    "The union tree with each union's units.",
    compacted=True,
)
UNION_UNITS = Topic(
    "unions.units.v1",
    "union_id/part",
    "member-svc",
    ("enrollment-svc", "payment-svc", "console"),
    "The units of unions that have too many units for one event.",
    compacted=True,
)
RATES = Topic(
    "rates.entries.v1",
    "year/plan/term/scope",
    "enrollment-svc",
    (),
    "Fees and their shares per year, plan and term; for downstream systems.",
    compacted=True,
)
MEMBERS = Topic(
    "members.batches.v1",
    "unit_id",
    "member-svc",
    ("status-checker", "enrollment-svc"),
    "Members imported, changed and removed, and requests to remove them.",
)
STATUS_COMMANDS = Topic(
    "statuses.commands.v1",
    "unit_id",
    "enrollment-svc",
    ("status-checker",),
    "Requests to ask the city registries again.",
)
STATUSES = Topic(
    "statuses.batches.v1",
    "unit_id",
    "status-checker",
    ("enrollment-svc",),
    "Answers of the city registries.",
)
ENROLLMENTS = Topic(
    "enrollments.batches.v1",
    "batch_no, or unit_id for confirmations and removals",
    "enrollment-svc",
    ("review-svc", "member-svc"),
    "Confirmations by hand, decisions about removals, and batches submitted to the superior union.",
)
REVIEWS = Topic(
    "reviews.batches.v1",
    "batch_no or submission_no",
    "review-svc",
    ("enrollment-svc", "member-svc", "payment-svc"),
    "Decisions of superior unions and of the protection center.",
)
PAYMENTS = Topic(
    "payments.vouchers.v1",
    "voucher_id",
    "payment-svc",
    ("review-svc", "enrollment-svc"),
    "Payment vouchers and the center's feedback.",
)


def _notices(owner: str, producer: str) -> Topic:
    """Each service has its own topic for notices.

    Each producer counts `ce_sequence` for itself. So on a common topic two services would give the same number to
    notices of one union, and readers would skip the second notice as a duplicate.
    """
    return Topic(
        f"{owner}.notices.v1", "union_id", producer, (), "Notices to unions about what happened to their cases."
    )


MEMBER_NOTICES = _notices("members", "member-svc")
ENROLLMENT_NOTICES = _notices("enrollments", "enrollment-svc")
REVIEW_NOTICES = _notices("reviews", "review-svc")
PAYMENT_NOTICES = _notices("payments", "payment-svc")

TOPICS: tuple[Topic, ...] = (
    UNIONS,
    UNION_UNITS,
    RATES,
    MEMBERS,
    STATUS_COMMANDS,
    STATUSES,
    ENROLLMENTS,
    REVIEWS,
    PAYMENTS,
    MEMBER_NOTICES,
    ENROLLMENT_NOTICES,
    REVIEW_NOTICES,
    PAYMENT_NOTICES,
)
BY_NAME = {topic.name: topic for topic in TOPICS}
