"""Commands of 市总: closing unions, moving units, reassigning lines, changing rates and plans."""

from functools import partial
from typing import Any

from contracts.fields import Shares
from enrollctl.demo.stages.tree import DISTRICT, TreeUnion
from races.commands.command import Command
from races.results.final_state import FinalState
from races.subjects import Answer, Subject
from races.world import YEAR, World

#: City and district shares of a plan before and after its change, in fen.
BEFORE, AFTER = 1300, 1500


def write_union(world: World, place: TreeUnion, *, active: bool, units: bool = True) -> Any:
    body = place.body() | {"active": active} | ({} if units else {"units": []})
    return world.federation.act("member-svc", f"/unions/{place.union_id}", body, method="PUT")


def _close(street: bool, subject: Subject) -> Any:
    return write_union(subject.world, subject.home.street if street else subject.home.union, active=False)


def _closed(street: bool, subject: Subject, answer: Answer, final: FinalState) -> bool:
    place = subject.home.street if street else subject.home.union
    return bool(final.unions[str(place.union_id)]["active"]) != answer.done


close_union = Command("union is closed", partial(_close, False), partial(_closed, False))
close_reviewer = Command("reviewing union is closed", partial(_close, True), partial(_closed, True))


def _move(subject: Subject) -> Any:
    body = {"to_union_id": str(subject.world.elsewhere.union.union_id), "reason": "企业划转"}
    return subject.world.federation.act("member-svc", f"/units/{subject.home.unit_id}/move", body)


def _moved(subject: Subject, answer: Answer, final: FinalState) -> bool:
    """If the command succeeded, the unit and its members belong to the union to which the unit was moved. If
    the command was refused, they belong to the former union.
    """
    home = subject.world.elsewhere if answer.done else subject.home
    union_id = str(home.union.union_id)
    here = final.members[subject.member_id]["union_id"] == union_id
    return here and subject.home.unit_id in final.unions[union_id]["units"]


move_unit = Command("unit moves", _move, _moved)


def _reassign(to_district: bool, subject: Subject) -> Any:
    to = DISTRICT if to_district else subject.world.elsewhere.street
    body = {
        "from_union_id": str(subject.home.street.union_id),
        "to_union_id": str(to.union_id),
        "reason": "原工会已撤销",
        "line_ids": [subject.line_id],
    }
    return subject.world.federation.act("review-svc", "/lines/reassign", body)


def _reassigned(to_district: bool, subject: Subject, answer: Answer, final: FinalState) -> bool:
    """If the command succeeded, the closed union is no longer in the chain. If not, the chain still contains it."""
    line = final.reviewed[subject.line_id]
    in_chain = str(subject.home.street.union_id) in line["chain"]
    return in_chain != answer.done


reassign = Command("reassignment to another street", partial(_reassign, False), partial(_reassigned, False))
reassign_to_next = Command("reassignment to the next reviewer", partial(_reassign, True), partial(_reassigned, True))


def set_rate(subject: Subject, share_fen: int, *, terms: tuple[str, ...] = ("full_year", "half_year")) -> Any:
    shares = Shares.of(city=share_fen, district=share_fen).model_dump()
    body = {"plan_name": "赛跑保障", "shares": shares, "sample": True}
    for term in terms:
        path = f"/rates/{YEAR}/{subject.plan}/{term}"
        answer = subject.world.federation.act("enrollment-svc", path, body, method="PUT")
    return answer


def _priced(subject: Subject, answer: Answer, final: FinalState) -> bool:
    """All lines have the stored price. If the change was refused, a first use had locked the old price (A60)."""
    rate = final.rates[subject.plan]
    lines = [line for line in final.lines.values() if line["plan"] == subject.plan]
    one_price = all(line["city_fen"] == rate["city_fen"] * line["heads"] for line in lines)
    return one_price and (rate["city_fen"] == AFTER) == answer.done and rate["sealed"] == bool(lines)


change_rate = Command("rate changes", lambda subject: set_rate(subject, AFTER, terms=("full_year",)), _priced)


def _close_plan(subject: Subject) -> Any:
    path = f"/plans/{YEAR}/{subject.plan}"
    return subject.world.federation.act("enrollment-svc", path, {"enabled": False}, method="PUT")


def _plan_closed(subject: Subject, answer: Answer, final: FinalState) -> bool:
    """A closed plan has no line. If the command was refused, a line had locked the plan (A60)."""
    rate = final.rates[subject.plan]
    lines = [line for line in final.lines.values() if line["plan"] == subject.plan]
    return bool(rate["enabled"]) != answer.done and bool(lines) != answer.done


close_plan = Command("plan is closed", _close_plan, _plan_closed)
