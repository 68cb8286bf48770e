"""The states of a person in a line, the states of a line in a submission, and the flags of people."""

from contracts.words import EmploymentStatus, Word


class PersonState(Word):
    IN = "in", "在批次中"
    RETURNED = "returned", "已退回"


class SentLineState(Word):
    """The state of a line in a submission."""

    IN = "in", "已提交"
    REJECTED = "rejected", "职保中心退回"


#: The reviewer must see that a registry has reported one of these statuses (A54). Loss of a job has no effect.
FLAGS = (EmploymentStatus.RETIRED, EmploymentStatus.DECEASED)


def flag_of(employment: EmploymentStatus) -> EmploymentStatus | None:
    """The flag for the status that a registry reports. None removes an earlier flag: the registry corrected itself."""
    return employment if employment in FLAGS else None
