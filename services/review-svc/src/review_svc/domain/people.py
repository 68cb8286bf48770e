"""The states of a person in a batch line, the states of a line in a submission to the center, and the flags of people.

A flag shows the reviewer that a registry has reported a person of the line as retired or dead (A54).
"""

from contracts.words import EmploymentStatus, Word


class PersonState(Word):
    IN = "in", "在批次中"
    RETURNED = "returned", "已退回"


class SentLineState(Word):
    """The state of a line in a submission."""

    IN = "in", "已提交"
    REJECTED = "rejected", "职保中心退回"


#: A person for whom a registry reports one of these statuses is flagged for the reviewer. The loss of a job gives no
#: flag (A54).
FLAGS = (EmploymentStatus.RETIRED, EmploymentStatus.DECEASED)


def flag_of(employment: EmploymentStatus) -> EmploymentStatus | None:
    """The flag for a status that a registry reports, or None if this status gives no flag.

    If the result is None, an earlier flag of the person is cleared, because the registry has corrected its report. For
    example, the registry now reports 在职.
    """
    return employment if employment in FLAGS else None
