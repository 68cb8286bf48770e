"""The proof that the shares of a batch are right. Three sums must be equal: the sum over the people of the batch, the
sum over its lines, and the sum over its lines in the answer of `GET /figures` (A60, D25).
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel

from chassis.validation import Number, example
from chassis.web import Labelled, Read, Scope, may
from contracts.fields import Shares
from contracts.words import Channel
from enrollment_svc.api.access import READERS
from enrollment_svc.api.batches.batch_details import readable_batch
from enrollment_svc.api.examples import (
    BATCH_NO,
    FEE_OF_3,
    LINE,
    SOCIAL_SECURITY_CARD,
)
from enrollment_svc.store.batches import proofs
from enrollment_svc.store.overview import figures

if TYPE_CHECKING:
    import asyncpg

router = APIRouter(tags=["batches"])

_SUM = {"heads": 3, "fee": FEE_OF_3}


class Sum(BaseModel):
    heads: int
    fee: Shares


class LineProof(BaseModel):
    """`line`: the sum stored in the line; `people`: the sum over the line's people."""

    line_id: UUID
    unit_name: str
    channel: Labelled[Channel]
    line: Sum
    people: Sum
    agrees: bool


class Proof(BaseModel):
    """`people`: the sum over the people. `batch`: the sum over the lines. `figures`: the sum over the batch's lines in
    the answer of `GET /figures`.

    `agrees`: True if these three sums are equal, and in each line the stored sum equals the sum over its people.
    """

    model_config = example(
        {
            "batch_no": BATCH_NO,
            "agrees": True,
            "people": _SUM,
            "lines": [
                {
                    "line_id": LINE,
                    "unit_name": "金桥建设监理公司",
                    "channel": SOCIAL_SECURITY_CARD,
                    "line": _SUM,
                    "people": _SUM,
                    "agrees": True,
                }
            ],
            "batch": _SUM,
            "figures": _SUM,
        }
    )

    batch_no: str
    agrees: bool
    people: Sum
    lines: list[LineProof]
    batch: Sum
    figures: Sum


@router.get("/batches/{batch_no}/proof", dependencies=[may("核对批次金额", *READERS, scope=Scope.SUBTREE)])
async def prove(batch_no: Number, read: Read) -> Proof:
    """Compare the sums of a batch. The shares of each person are in 批次详情."""
    batch = await readable_batch(batch_no, read)
    lines = [_line(row) for row in await proofs.of_lines(read.connection, batch_no)]
    figure_rows = await figures.lines(read.connection, batch["union_id"], batch["year"])
    of_batch = [_sum(row, "heads", "") for row in figure_rows if row["batch_no"] == batch_no]
    people, stored, figured = (
        _total(line.people for line in lines),
        _total(line.line for line in lines),
        _total(of_batch),
    )
    return Proof(
        batch_no=batch_no,
        agrees=all(line.agrees for line in lines) and people == stored == figured,
        people=people,
        lines=lines,
        batch=stored,
        figures=figured,
    )


def _line(row: "asyncpg.Record") -> LineProof:
    line, people = _sum(row, "heads", ""), _sum(row, "people", "people_")
    return LineProof(
        line_id=row["line_id"],
        unit_name=row["unit_name"],
        channel=row["channel"],
        line=line,
        people=people,
        agrees=line == people,
    )


def _sum(row: "asyncpg.Record", heads: str, prefix: str) -> Sum:
    fee = Shares.of(city=row[f"{prefix}city_fen"], district=row[f"{prefix}district_fen"], unit=row[f"{prefix}unit_fen"])
    return Sum(heads=row[heads], fee=fee)


def _total(sums: Iterable[Sum]) -> Sum:
    together = list(sums)
    return Sum(heads=sum(one.heads for one in together), fee=sum((one.fee for one in together), Shares.of()))
