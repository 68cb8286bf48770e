"""Before a submission, compare the selected people with an earlier list: who is new, and who is missing (A49)."""

from typing import TYPE_CHECKING

from fastapi import APIRouter
from pydantic import BaseModel

from chassis.validation import example
from chassis.web import MASKED, Labelled, Page, Paging, Read, ReadContext, Scope, may
from contracts.words import Role
from enrollment_svc.api.access import may_read
from enrollment_svc.api.examples import BATCH_NO, MEMBER, UNION
from enrollment_svc.api.submissions.submissions import Chosen
from enrollment_svc.domain.submissions.differences import NEXT_STEPS, Against, Change, Missing, why_missing
from enrollment_svc.settings import rules
from enrollment_svc.store.submissions import differences, submissions
from enrollment_svc.store.submissions.differences import Comparison
from enrollment_svc.usecases.submissions.selection import select_unlocked
from enrollment_svc.usecases.submissions.terms import load_context

if TYPE_CHECKING:
    import asyncpg

router = APIRouter(tags=["submissions"])


class Compare(Chosen):
    """A selection, and the earlier list to compare it with."""

    model_config = example(
        {
            "union_id": UNION,
            "enrollment_type": "immediate",
            "channel": "social_security_card",
            "plan": "A",
            "member_ids": [MEMBER],
            "against": "last_year",
        }
    )

    against: Against = Against.LAST_SUBMISSION


class Changed(BaseModel):
    """A new or missing person. A missing person has a reason and a next step. Names and numbers are masked."""

    change: Labelled[Change]
    member_no: str
    masked_name: str
    masked_number: str
    last_batch_no: str | None
    why: Labelled[Missing] | None
    next_step: str | None


class Difference(BaseModel):
    """`kept`: people in both lists. `already`: people who are only in the earlier list, and are already enrolled or
    under review.

    `changes`: the new and the missing people, missing people first.

    `batch_no`: the batch of the last submission. None if the union has never submitted in this channel, or if `against`
    is `last_year`.
    """

    model_config = example(
        {
            "against": {"code": "last_submission", "label": "上一次提交"},
            "batch_no": BATCH_NO,
            "new": 0,
            "missing": 1,
            "kept": 2,
            "already": 0,
            "changes": {
                "total": 1,
                "page": 1,
                "page_size": 15,
                "items": [
                    {
                        "change": {"code": "missing", "label": "缺少"},
                        "member_no": "007000000001",
                        "masked_name": "王*明",
                        "masked_number": "3101**********1230",
                        "last_batch_no": BATCH_NO,
                        "why": {"code": "NOT_TICKED", "label": "在【待提交】中，但本次未勾选"},
                        "next_step": "如需参保，请在【待提交】中勾选",
                    }
                ],
            },
        }
    )

    against: Labelled[Against]
    batch_no: str | None
    new: int
    missing: int
    kept: int
    already: int
    changes: Page[Changed]


@router.post(
    "/submissions/difference", dependencies=[may("与上次提交对比", Role.HANDLER, scope=Scope.SUBTREE, shown=MASKED)]
)
async def show_difference(body: Compare, read: Read, page: Paging) -> Difference:
    """Compare a selection with the last submission or with the people enrolled last year. This POST only reads."""
    await may_read(read, body.union_id)
    context = await load_context(body.to_request(read.principal), read.connection, read.now)
    selection = await select_unlocked(context, read.connection, read.now)
    last = body.against is Against.LAST_SUBMISSION
    batch_no = await differences.last_batch(read.connection, body.union_id, body.channel) if last else None
    # If the union has never submitted in this channel, the batch number is "". No batch has this number, so everybody
    # is new. None would mean a comparison with last year.
    comparison = Comparison(
        body.union_id, context.year, selection.members, (batch_no or "") if last else None, body.channel
    )
    counts = dict.fromkeys(Change, 0) | await differences.counts(read.connection, comparison)
    rows = await differences.page(read.connection, comparison, page)
    changes = page.of(counts[Change.NEW] + counts[Change.MISSING], [_changed(row, body, read) for row in rows])
    return Difference(
        against=body.against, batch_no=batch_no, changes=changes, **{change.value: counts[change] for change in Change}
    )


def _changed(row: "asyncpg.Record", body: Compare, read: ReadContext) -> Changed:
    why = None
    if row["change"] == Change.MISSING:
        person = submissions.person_of(row) if row["member_id"] else None
        why = why_missing(person, body.channel, read.now, rules().status_max_age)
    return Changed(
        change=Change(row["change"]),
        member_no=row["member_no"],
        masked_name=row["masked_name"],
        masked_number=row["masked_number"],
        last_batch_no=row["batch_no"],
        why=why,
        next_step=NEXT_STEPS[why] if why else None,
    )
