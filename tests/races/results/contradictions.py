"""Contradictions that no rule allows for any pair: stores that disagree, and states that exclude each other."""

from collections.abc import Iterable, Iterator

from races.results.books import Ends, Row

#: State in review-svc → the name of this state in enrollment-svc.
SHOWN = {"arriving": "in_review", "pending": "in_review", "staged": "in_review"}
#: State of a voucher at the center → the name of this state in payment-svc.
AT_CENTER = {"received": "submitted"}
MONEY = ("heads", "city_fen", "district_fen", "unit_fen")
GONE = ("retired", "deceased")


def contradictions(ends: Ends) -> Iterator[str]:
    """One sentence for each contradiction; empty if there is none."""
    yield from _of_membership(ends)
    yield from _of_lines(ends)
    yield from _of_person(ends)
    yield from _of_submissions(ends)
    yield from _of_vouchers(ends)
    yield from _of_unions(ends)


def _of_membership(ends: Ends) -> Iterator[str]:
    if ends.members.keys() != ends.candidates.keys():
        yield f"memberships: member-svc {sorted(ends.members)}, enrollment-svc {sorted(ends.candidates)}"
    for member_id in ends.members.keys() & ends.candidates.keys():
        member, candidate = ends.members[member_id], ends.candidates[member_id]
        if member["pending"]:
            yield "a removal waits for an answer that does not come"
        names = ["removed", "card", "unit_id", "masked_name"]
        if not (member["removed"] and candidate["removed"]):
            # The union of a removed person is not compared: when a unit moves, only its members move with it (A56).
            names.append("union_id")
        yield from _differ("member-svc", member, "enrollment-svc", candidate, names)


def _of_lines(ends: Ends) -> Iterator[str]:
    if ends.lines.keys() != ends.reviewed.keys():
        yield f"lines: enrollment-svc {sorted(ends.lines)}, review-svc {sorted(ends.reviewed)}"
    for line_id in ends.lines.keys() & ends.reviewed.keys():
        ours, theirs = ends.lines[line_id], ends.reviewed[line_id]
        state = SHOWN.get(theirs["state"], theirs["state"])
        if ours["state"] != state:
            yield f"line: enrollment-svc {ours['state']}, review-svc {theirs['state']}"
        names = ["held", "channel", "plan", "chain", *MONEY]
        if ours["state"] == "completed":
            names.append("submission_no")
        if ours["state"] == "in_review":
            names.append("flagged")
        yield from _differ("enrollment-svc", ours, "review-svc", theirs, names)
        if ours["withdrawal"] == "requested":
            yield "a withdrawal waits for an answer that does not come"


def _of_person(ends: Ends) -> Iterator[str]:
    held = ends.held()
    under_review = [line for line in held if line["state"] == "in_review"]
    if len(held) > 1:
        yield f"enrolled in {len(held)} lines at once"
    gone = {row["employment"] for row in ends.candidates.values()} & set(GONE)
    for line in under_review:
        rejected = any(sent["sent"] == "rejected" for sent in ends.sent.get(line["line_id"], []))
        member = ends.members.get(line["member_id"])
        if member and member["removed"] and not rejected:
            yield "removed and under review"
        if gone and not line["flagged"]:
            yield f"{', '.join(gone)} and under review, and no reviewer is told"
    for member_id, member in ends.members.items():
        expected = any(line["member_id"] == member_id for line in under_review)
        if member["protected"] != expected:
            yield f"under review: {expected}, protected in member-svc: {member['protected']}"


def _of_submissions(ends: Ends) -> Iterator[str]:
    for number, submission in ends.submissions.items():
        due, center = ends.dues.get(number), ends.center.get(number)
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
        yield from _of_paid(ends, number, due)


def _of_paid(ends: Ends, number: str, due: Row) -> Iterator[str]:
    vouchers = [one for one in ends.vouchers.values() if one["submission_no"] == number]
    for state, column in (("accepted", "paid_fen"), ("submitted", "pending_fen")):
        total = sum(one["amount_fen"] for one in vouchers if one["state"] == state)
        if total != due[column]:
            yield f"{number}: {state} vouchers fill {total} fen, {column} is {due[column]}"
    if due["paid_fen"] + due["pending_fen"] > due["due_fen"]:
        yield f"{number}: paid {due['paid_fen']} and pending {due['pending_fen']} of {due['due_fen']} fen"
    if (due["state"] == "settled") != (number in ends.settled):
        yield f"{number}: payment-svc {due['state']}, enrollment-svc settled: {number in ends.settled}"


def _of_vouchers(ends: Ends) -> Iterator[str]:
    if ends.vouchers.keys() != ends.center_vouchers.keys():
        yield f"vouchers: payment-svc {sorted(ends.vouchers)}, the center {sorted(ends.center_vouchers)}"
    for voucher_id in ends.vouchers.keys() & ends.center_vouchers.keys():
        ours, theirs = ends.vouchers[voucher_id]["state"], ends.center_vouchers[voucher_id]["state"]
        if ours != AT_CENTER.get(theirs, theirs):
            yield f"voucher {voucher_id}: payment-svc {ours}, the center {theirs}"


def _of_unions(ends: Ends) -> Iterator[str]:
    for union_id, union in ends.unions.items():
        for service, copies in ends.copies.items():
            copy = copies.get(union_id)
            if copy is None:
                yield f"union {union_id}: {service} does not know it"
            else:
                yield from _differ("member-svc", union, service, copy, ("active", "parent", "units"))


def _differ(one: str, row: Row, other: str, copy: Row, names: Iterable[str]) -> Iterator[str]:
    for name in names:
        if row[name] != copy[name]:
            yield f"{name}: {one} {row[name]}, {other} {copy[name]}"
