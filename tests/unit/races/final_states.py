"""Makes final states of a race in which all stores agree, except for the differences that the caller gives."""

from typing import Any

from races.results.final_state import FinalState

MEMBER, LINE, NUMBER, VOUCHER, UNION = "member", "line", "CB202405109000", "voucher", "union"
MONEY = {"heads": 1, "city_fen": 1300, "district_fen": 1300, "unit_fen": 0}
PERSON = {"removed": False, "card": False, "union_id": UNION, "unit_id": "unit", "masked_name": "赛*者"}
PLACE = {"active": True, "parent": "district", "units": ["unit"]}


def under_review(**differs: Any) -> FinalState:
    """A listed member in a staged line. `differs`: values of `member`, `candidate`, `line`, `reviewed`, `union`."""
    line = MONEY | {"channel": "social_security_card", "plan": "W", "chain": ["street"], "held": True, "flagged": None}
    line |= {"line_id": LINE, "member_id": MEMBER, "submission_no": None}
    return FinalState(
        members={MEMBER: PERSON | {"pending": False, "protected": True} | differs.get("member", {})},
        candidates={MEMBER: PERSON | {"employment": "employed"} | differs.get("candidate", {})},
        lines={LINE: line | {"state": "in_review", "withdrawal": None} | differs.get("line", {})},
        reviewed={LINE: line | {"state": "staged", "passed_up": False} | differs.get("reviewed", {})},
        unions={UNION: PLACE},
        copies={"review-svc": {UNION: PLACE | differs.get("union", {})}},
    )


def paid(**differs: Any) -> FinalState:
    """A completed line whose submission is confirmed and whose voucher is accepted."""
    final = under_review(
        member={"protected": False},
        line={"state": "completed", "submission_no": NUMBER} | differs.get("line", {}),
        reviewed={"state": "completed", "submission_no": NUMBER},
    )
    sent = MONEY | {"submission_no": NUMBER, "state": "confirmed", "sent": "in"}
    final.sent, final.submissions = {LINE: [sent]}, {NUMBER: sent}
    final.center = {NUMBER: MONEY | {"state": "confirmed"} | differs.get("center", {})}
    due = {"state": "settled", "due_fen": 1300, "paid_fen": 1300, "pending_fen": 0}
    final.dues = {NUMBER: MONEY | due | differs.get("due", {})}
    voucher = {"submission_no": NUMBER, "state": "accepted", "amount_fen": 1300}
    final.vouchers = {VOUCHER: voucher | differs.get("voucher", {})}
    final.center_vouchers = {VOUCHER: {"state": "accepted"} | differs.get("center_voucher", {})}
    final.settled = {NUMBER}
    return final
