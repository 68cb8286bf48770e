"""Finds contradictions that no rule allows, whichever two commands raced. A contradiction is either two
services that store different values, or two states that exclude each other.
"""

from collections.abc import Iterable, Iterator

from races.results.final_state import FinalState, Row

#: State in review-svc → the name of this state in enrollment-svc.
SHOWN = {"arriving": "in_review", "pending": "in_review", "staged": "in_review"}
#: State of a voucher at the center → the name of this state in payment-svc.
AT_CENTER = {"received": "submitted"}
MONEY = ("heads", "city_fen", "district_fen", "unit_fen")
EXCLUDED = ("retired", "deceased")


def contradictions(final: FinalState) -> Iterator[str]:
    """One sentence for each contradiction; empty if there is none."""
    yield from _of_membership(final)
    yield from _of_lines(final)
    yield from _of_person(final)
    yield from _of_submissions(final)
    yield from _of_vouchers(final)
    yield from _of_unions(final)


def _of_membership(final: FinalState) -> Iterator[str]:
    if final.members.keys() != final.candidates.keys():
        yield f"memberships: member-svc {sorted(final.members)}, enrollment-svc {sorted(final.candidates)}"
    for member_id in final.members.keys() & final.candidates.keys():
        member, candidate = final.members[member_id], final.candidates[member_id]
        if member["pending"]:
            yield "a removal waits for an answer that does not come"
        names = ["removed", "card", "unit_id", "masked_name"]
        if not (member["removed"] and candidate["removed"]):
            # The union of a removed person is not compared, because only members move together with a unit (A56).
            names.append("union_id")
        yield from _differ("member-svc", member, "enrollment-svc", candidate, names)


def _of_lines(final: FinalState) -> Iterator[str]:
    if final.lines.keys() != final.reviewed.keys():
        yield f"lines: enrollment-svc {sorted(final.lines)}, review-svc {sorted(final.reviewed)}"
    for line_id in final.lines.keys() & final.reviewed.keys():
        own, other = final.lines[line_id], final.reviewed[line_id]
        state = SHOWN.get(other["state"], other["state"])
        if own["state"] != state:
            yield f"line: enrollment-svc {own['state']}, review-svc {other['state']}"
        names = ["held", "channel", "plan", "chain", *MONEY]
        if own["state"] == "completed":
            names.append("submission_no")
        if own["state"] == "in_review":
            names.append("flagged")
        yield from _differ("enrollment-svc", own, "review-svc", other, names)
        if own["withdrawal"] == "requested":
            yield "a withdrawal waits for an answer that does not come"


def _of_person(final: FinalState) -> Iterator[str]:
    held = final.held()
    under_review = [line for line in held if line["state"] == "in_review"]
    if len(held) > 1:
        yield f"enrolled in {len(held)} lines at once"
    excluded = {row["employment"] for row in final.candidates.values()} & set(EXCLUDED)
    for line in under_review:
        rejected = any(sent["sent"] == "rejected" for sent in final.sent.get(line["line_id"], []))
        member = final.members.get(line["member_id"])
        if member and member["removed"] and not rejected:
            yield "removed and under review"
        if excluded and not line["flagged"]:
            yield f"{', '.join(excluded)} and under review, and no reviewer is told"
    for member_id, member in final.members.items():
        expected = any(line["member_id"] == member_id for line in under_review)
        if member["protected"] != expected:
            yield f"under review: {expected}, protected in member-svc: {member['protected']}"


def _of_submissions(final: FinalState) -> Iterator[str]:
    for number, submission in final.submissions.items():
        due, center = final.dues.get(number), final.center.get(number)
        if due is None or center is None:
            yield f"{number}: payment-svc or the center does not know it"
            continue
        if submission["state"] != center["state"]:
            yield f"{number}: review-svc {submission['state']}, the center {center['state']}"
        if submission["state"] == "confirmed":
            yield from _differ("review-svc", submission, "payment-svc", due, MONEY)
            yield from _differ("review-svc", submission, "the center", center, MONEY)
        waits = due["state"] in ("awaiting_confirmation", "rejected")
        if waits == (submission["state"] == "confirmed"):
            yield f"{number}: review-svc {submission['state']}, payment-svc {due['state']}"
        yield from _of_paid(final, number, due)


def _of_paid(final: FinalState, number: str, due: Row) -> Iterator[str]:
    vouchers = [one for one in final.vouchers.values() if one["submission_no"] == number]
    for state, column in (("accepted", "paid_fen"), ("submitted", "pending_fen")):
        total = sum(one["amount_fen"] for one in vouchers if one["state"] == state)
        if total != due[column]:
            yield f"{number}: {state} vouchers add up to {total} fen, but {column} is {due[column]}"
    if due["paid_fen"] + due["pending_fen"] > due["due_fen"]:
        yield f"{number}: paid {due['paid_fen']} and pending {due['pending_fen']} of {due['due_fen']} fen"
    if (due["state"] == "settled") != (number in final.settled):
        yield f"{number}: payment-svc {due['state']}, enrollment-svc settled: {number in final.settled}"


def _of_vouchers(final: FinalState) -> Iterator[str]:
    if final.vouchers.keys() != final.center_vouchers.keys():
        yield f"vouchers: payment-svc {sorted(final.vouchers)}, the center {sorted(final.center_vouchers)}"
    for voucher_id in final.vouchers.keys() & final.center_vouchers.keys():
        own, other = final.vouchers[voucher_id]["state"], final.center_vouchers[voucher_id]["state"]
        if own != AT_CENTER.get(other, other):
            yield f"voucher {voucher_id}: payment-svc {own}, the center {other}"


def _of_unions(final: FinalState) -> Iterator[str]:
    for union_id, union in final.unions.items():
        for service, copies in final.copies.items():
            copy = copies.get(union_id)
            if copy is None:
                yield f"union {union_id}: {service} does not know it"
            else:
                yield from _differ("member-svc", union, service, copy, ("active", "parent", "units"))


def _differ(one: str, row: Row, other: str, copy: Row, names: Iterable[str]) -> Iterator[str]:
    for name in names:
        if row[name] != copy[name]:
            yield f"{name}: {one} {row[name]}, {other} {copy[name]}"
