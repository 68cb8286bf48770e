"""People of a line, and lines of a submission, as they stand there."""

from contracts.words import EmploymentStatus, Word


class PersonState(Word):
    IN = "in", "在批次中"
    RETURNED = "returned", "已退回"


class SentLineState(Word):
    """A line within a submission."""

    IN = "in", "已提交"
    REJECTED = "rejected", "职保中心退回"


#: What a registry may say of somebody under review that a reviewer should see (A54); loss of a job has no effect.
FLAGS = (EmploymentStatus.RETIRED, EmploymentStatus.DECEASED)


def flag_of(employment: EmploymentStatus) -> EmploymentStatus | None:
    """None takes an earlier flag away: the registry has corrected itself."""
    return employment if employment in FLAGS else None
