"""HTTP schemas of the responses to commands."""

from uuid import UUID

from pydantic import BaseModel

from chassis.validation import example
from chassis.web import Labelled
from contracts.fields import Shares
from contracts.words import EnrollmentType
from review_svc.api.examples import FEE, LINE_ID


class Moved(BaseModel):
    """How many lines changed, and how many people they contain."""

    model_config = example(lines=2, heads=3)

    lines: int
    heads: int


class Returned(BaseModel):
    """`returned`: how many people the reviewer returned. `heads`: how many people stay in the line.

    `crossed_half_year`: True if June 30 lies between the submission and the return. If the people are submitted again,
    their cover is then for half a year only (A49).
    """

    model_config = example(line_id=LINE_ID, whole=False, returned=1, heads=2, crossed_half_year=False)

    line_id: UUID
    whole: bool
    returned: int
    heads: int
    crossed_half_year: bool


class Reassigned(BaseModel):
    model_config = example(lines=3, heads=41)

    lines: int
    heads: int


class Submitted(BaseModel):
    """The new submission. A job sends it to the center."""

    model_config = example(submission_no="CB202405109000", version=1, lines=2, heads=3, fee=FEE)

    submission_no: str
    version: int
    lines: int
    heads: int
    fee: Shares


class Preview(BaseModel):
    """The content of the dialog 提交参保批次确认, before anything is submitted (F238, A52).

    `settles_start`: True if at least one line has no fixed start, term and price yet. The day of the submission fixes
    them, so `fee` is the price that applies if the district submits today (A01).
    """

    model_config = example(
        enrollment_type={"code": "immediate", "label": "即时参保"}, year=2024, lines=2, heads=3, service_card=1,
        social_security_card=2, fee=FEE, settles_start=False,
    )  # fmt: skip

    enrollment_type: Labelled[EnrollmentType]
    year: int
    lines: int
    heads: int
    service_card: int
    social_security_card: int
    fee: Shares
    settles_start: bool


class Applied(BaseModel):
    """`applied` is false if nothing changed.

    Nothing changes if the center repeats a decision, or sends feedback that is not newer than the stored feedback.
    """

    model_config = example(applied=True)

    applied: bool
