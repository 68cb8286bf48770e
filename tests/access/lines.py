"""The lines of a world: the states in which its union has a line, and the ids of these lines."""

from dataclasses import dataclass, field

PENDING, STAGED, PASSED_UP, COMPLETED = "pending", "staged", "passed up", "completed"
RETURNED, WITHDRAWN, BY_PARENT = "returned", "withdrawn", "submitted by the parent"
STATES = (PENDING, STAGED, PASSED_UP, COMPLETED, RETURNED, WITHDRAWN, BY_PARENT)
#: Lines that the district has to review, or has reviewed last.
AT_DISTRICT = (PASSED_UP, COMPLETED, BY_PARENT)


@dataclass
class Lines:
    """The lines of the union, one for each state; each has one person."""

    batch_no: dict[str, str] = field(default_factory=dict)
    line_id: dict[str, str] = field(default_factory=dict)
    member_id: dict[str, str] = field(default_factory=dict)
