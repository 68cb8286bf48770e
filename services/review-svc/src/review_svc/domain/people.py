"""People of a line, and the states of lines in a submission."""

from contracts.words import EmploymentStatus, Word


class PersonState(Word):
    IN = "in", "在批次中"
    RETURNED = "returned", "已退回"


class SentLineState(Word):
    """The state of a line in a submission."""

    IN = "in", "已提交"
    REJECTED = "rejected", "职保中心退回"


#: The registry answers about a person under review that the reviewer must see (A54). Loss of a job has no effect.
FLAGS = (EmploymentStatus.RETIRED, EmploymentStatus.DECEASED)


def flag_of(employment: EmploymentStatus) -> EmploymentStatus | None:
    """The flag for a registry's answer. None removes an earlier flag, because the registry has corrected itself."""
    return employment if employment in FLAGS else None
