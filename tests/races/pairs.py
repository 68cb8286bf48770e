"""The pairs of commands that race, the service that decides, and the allowed final states. Add a new pair here."""

from dataclasses import dataclass

from races.commands import lines, money, people, tree
from races.commands.command import Command
from races.results import allowed
from races.results.allowed import Allowed
from races.subjects import Level, Start

MEMBER, ENROLLMENT, REVIEW, PAYMENT = "member-svc", "enrollment-svc", "review-svc", "payment-svc"
#: The longest time between two commands, in seconds. The larger value is for pairs in which one command reaches the
#: deciding service by way of other services.
NEAR_S, FAR_S = 0.06, 2.5


@dataclass(frozen=True, slots=True)
class Pair:
    """Two commands about one subject. `owner`: the service that decides. `start`: the state before the commands.

    `ends` describes the allowed final states for docs/races.md; `allowed` checks the final state.
    """

    name: str
    start: Start
    one: Command
    other: Command
    owner: str
    ends: str
    allowed: Allowed = allowed.anything
    apart_s: float = NEAR_S


LISTED, SUBMITTED, AT_DISTRICT = Start(), Start(Level.SUBMITTED), Start(Level.AT_DISTRICT)
AT_CENTER, PAYABLE, PAID = Start(Level.AT_CENTER), Start(Level.PAYABLE), Start(Level.PAID)
UNVERIFIED, WITH_CARD, NEW = Start(unverified=True), Start(card=True), Start(Level.ABSENT)
OWN, OWN_SUBMITTED, OWN_PLAN = Start(own=True), Start(Level.SUBMITTED, own=True), Start(own=True, plan=True)
CLOSED = Start(Level.SUBMITTED, own=True, closed_street=True)
PART_REJECTED = Start(Level.PAYABLE, companion=True)

FIRST = "the first command is in effect, the other is refused"
BOTH = "both are in effect"
LINE_STAYS = "the line stands as submitted, or the submission is refused"
FLAGGED = "the line goes on; while it is under review its reviewer sees a flag (A54)"
GONE_OR_KEPT = "removed, or refused with a notice because of the line (A57)"
FROZEN = "the line keeps union and chain as frozen (A56, D17)"
LATER = "listed or removed, depending on the later command"
REJECTED = "removed, and under review again if the center rejects (A53, A57), or refused with a notice"
FREED = "rejected; the other is accepted once the amount is released"

PEOPLE = (
    Pair(
        "removal-submission", LISTED, people.remove, people.submit, ENROLLMENT, "exactly one is in effect",
        allowed.removed_or_held,
    ),
    Pair("card-submission", LISTED, people.give_card, people.submit, ENROLLMENT, LINE_STAYS, allowed.channel_of_cards),
    Pair(
        "card_cancelled-submission", WITH_CARD, people.cancel_card, people.submit_by_card, ENROLLMENT,
        LINE_STAYS, allowed.channel_of_cards,
    ),
    Pair(
        "card_cancelled-check", Start(card=True, unverified=True), people.cancel_card, people.check,
        ENROLLMENT, "no card, and the registry's answer is stored", allowed.channel_of_cards, FAR_S,
    ),
    Pair("check-submission", UNVERIFIED, people.check, people.submit, ENROLLMENT, LINE_STAYS, apart_s=FAR_S),
    Pair("rename-submission", LISTED, people.rename, people.submit, ENROLLMENT, LINE_STAYS, apart_s=FAR_S),
    Pair(
        "removal-import", LISTED, people.remove_before_import, people.import_and_maybe_removed, MEMBER, LATER,
        apart_s=FAR_S,
    ),
    Pair(
        "import-import_elsewhere", NEW, people.import_person, people.import_elsewhere, MEMBER,
        "a membership in each union", allowed.two_memberships,
    ),
    Pair(
        "import-import", NEW, people.import_person, people.import_by_another, MEMBER, "one membership",
        allowed.one_membership,
    ),
    Pair(
        "submission-submission_elsewhere", Start(twice=True), people.submit, people.submit_elsewhere,
        ENROLLMENT, FIRST, allowed.one_done,
    ),
    Pair("submission-submission", LISTED, people.submit, people.submit_by_another, ENROLLMENT, FIRST, allowed.one_done),
    Pair("death-submission", LISTED, people.die, people.submit, ENROLLMENT, FLAGGED, apart_s=FAR_S),
)  # fmt: skip
LINES = (
    Pair("removal-withdrawal", SUBMITTED, people.remove, lines.withdraw, ENROLLMENT, GONE_OR_KEPT, apart_s=FAR_S),
    Pair("removal-return", SUBMITTED, people.remove, lines.give_back, ENROLLMENT, GONE_OR_KEPT, apart_s=FAR_S),
    Pair("removal-pass_up", SUBMITTED, people.remove, lines.pass_up, ENROLLMENT, GONE_OR_KEPT),
    Pair("removal-to_center", AT_DISTRICT, people.remove, lines.to_center, ENROLLMENT, GONE_OR_KEPT, apart_s=FAR_S),
    Pair("removal-center_confirms", AT_CENTER, people.remove, money.confirm, ENROLLMENT, GONE_OR_KEPT),
    Pair("removal-center_rejects", AT_CENTER, people.remove, money.reject, ENROLLMENT, REJECTED, apart_s=FAR_S),
    Pair("withdrawal-pass_up", SUBMITTED, lines.withdraw, lines.pass_up, REVIEW, FIRST, allowed.withdrawn_or_passed),
    Pair("withdrawal-return", SUBMITTED, lines.withdraw, lines.give_back, REVIEW, FIRST, allowed.withdrawn_or_returned),
    Pair(
        "withdrawal-to_center", AT_DISTRICT, lines.withdraw, lines.to_center, REVIEW,
        "the withdrawal is refused", allowed.not_withdrawn,
    ),
    Pair(
        "withdrawal-center_rejects", AT_CENTER, lines.withdraw, money.reject, REVIEW,
        "the withdrawal is refused", allowed.not_withdrawn,
        apart_s=FAR_S,
    ),
    Pair("pass_up-return", SUBMITTED, lines.pass_up, lines.give_back_by_another, REVIEW, FIRST, allowed.one_done),
    Pair(
        "to_center-return", AT_DISTRICT, lines.to_center, lines.give_back_by_district, REVIEW, FIRST,
        allowed.one_done,
    ),
    Pair(
        "card-return", SUBMITTED, people.give_card, lines.give_back, ENROLLMENT,
        "returned, and in the channel of the card (A39)", allowed.channel_of_cards,
    ),
    Pair("death-pass_up", SUBMITTED, people.die, lines.pass_up, ENROLLMENT, FLAGGED, apart_s=FAR_S),
    Pair("death-return", SUBMITTED, people.die, lines.give_back, ENROLLMENT, FLAGGED, apart_s=FAR_S),
    Pair("death-to_center", AT_DISTRICT, people.die, lines.to_center, ENROLLMENT, FLAGGED, apart_s=FAR_S),
    Pair(
        "death-to_center_rejected", AT_DISTRICT, people.die, money.to_center_rejected, ENROLLMENT, FLAGGED,
        apart_s=FAR_S,
    ),
    Pair("death-center_rejects", AT_CENTER, people.die, money.reject, ENROLLMENT, FLAGGED, apart_s=FAR_S),
)  # fmt: skip
TREE = (
    Pair("union_closed-submission", OWN, tree.close_union, people.submit, ENROLLMENT, LINE_STAYS),
    Pair(
        "union_closed-import", OWN, tree.close_union, people.rename, MEMBER, "applied or refused",
        apart_s=FAR_S,
    ),
    Pair("union_closed-pass_up", OWN_SUBMITTED, tree.close_union, lines.pass_up, REVIEW, FROZEN),
    Pair(
        "reviewer_closed-submission", OWN, tree.close_reviewer, people.submit, ENROLLMENT,
        "the chain with or without the closed union",
    ),
    Pair("reviewer_closed-pass_up", OWN_SUBMITTED, tree.close_reviewer, lines.pass_up, REVIEW, FROZEN),
    Pair("unit_moved-submission", OWN, tree.move_unit, people.submit, ENROLLMENT, LINE_STAYS),
    Pair("unit_moved-removal", OWN, tree.move_unit, people.remove, ENROLLMENT, BOTH),
    Pair(
        "unit_moved-import", OWN, tree.move_unit, people.rename, MEMBER, "both in effect, or one refused",
        apart_s=FAR_S,
    ),
    Pair("unit_moved-card", OWN, tree.move_unit, people.give_card, MEMBER, BOTH),
    Pair("unit_moved-withdrawal", OWN_SUBMITTED, tree.move_unit, lines.withdraw, REVIEW, BOTH, allowed.withdrawn),
    Pair("unit_moved-return", OWN_SUBMITTED, tree.move_unit, lines.give_back, REVIEW, BOTH),
    Pair("reassignment-pass_up", CLOSED, tree.reassign, lines.pass_up, REVIEW, FIRST, allowed.one_done),
    Pair("reassignment-return", CLOSED, tree.reassign, lines.give_back, REVIEW, FIRST, allowed.one_done),
    Pair(
        "reassignment-withdrawal", CLOSED, tree.reassign, lines.withdraw, REVIEW,
        "withdrawn, whichever reviewer the line is at", allowed.withdrawn,
    ),
    Pair(
        "reassignment_to_next-return", CLOSED, tree.reassign_to_next, lines.give_back, REVIEW, FIRST,
        allowed.one_done,
    ),
    Pair(
        "rate_changed-submission", OWN_PLAN, tree.change_rate, people.submit, ENROLLMENT,
        "the new price, or the old one and the change is refused",
    ),
    Pair("plan_closed-submission", OWN_PLAN, tree.close_plan, people.submit, ENROLLMENT, FIRST, allowed.one_done),
)  # fmt: skip
MONEY = (
    Pair(
        "center_confirms-voucher", AT_CENTER, money.confirm, money.voucher, REVIEW,
        "confirmed; the voucher is accepted from then on",
        apart_s=FAR_S,
    ),
    Pair(
        "center_rejects-voucher", AT_CENTER, money.reject, money.voucher, REVIEW, "rejected, and no voucher",
        apart_s=FAR_S,
    ),
    Pair("center_confirms-center_rejects", AT_CENTER, money.confirm, money.reject, REVIEW, FIRST, allowed.one_done),
    Pair("voucher-voucher", PAYABLE, money.voucher, money.another_voucher, PAYMENT, FIRST, allowed.one_voucher),
    Pair("voucher-same_file", PAYABLE, money.voucher, money.same_file, PAYMENT, FIRST, allowed.one_voucher),
    Pair(
        "voucher-return", PART_REJECTED, money.voucher, lines.give_back_by_district, PAYMENT, BOTH,
        allowed.paid_without_subject,
    ),
    Pair(
        "voucher-withdrawal", PART_REJECTED, money.voucher, lines.withdraw, PAYMENT,
        "paid; the withdrawal is refused", allowed.paid_without_subject,
    ),
    Pair(
        "voucher-to_center_again", PART_REJECTED, money.voucher, lines.to_center, PAYMENT, BOTH,
        allowed.paid_without_subject,
    ),
    Pair(
        "voucher_accepted-voucher_rejected", PAID, money.accept_voucher, money.reject_voucher, PAYMENT, FIRST,
        allowed.one_done,
    ),
    Pair("voucher_rejected-voucher", PAID, money.reject_voucher, money.another_voucher, PAYMENT, FREED, apart_s=FAR_S),
    Pair("death-voucher", PAYABLE, people.die, money.voucher, PAYMENT, BOTH, apart_s=FAR_S),
)  # fmt: skip
KEYS = (
    Pair("one_key-submission", LISTED, people.submit_here, people.submit_there, ENROLLMENT, "once", allowed.one_answer),
    Pair("one_key-removal", LISTED, people.remove_here, people.remove_there, MEMBER, "once", allowed.one_answer),
    Pair(
        "one_key-withdrawal", SUBMITTED, lines.withdraw_here, lines.withdraw_there, ENROLLMENT, "once",
        allowed.one_answer,
    ),
    Pair("one_key-voucher", PAYABLE, money.voucher_here, money.voucher_there, PAYMENT, "once", allowed.one_answer),
    Pair("two_keys-submission", LISTED, people.submit_first, people.submit_second, ENROLLMENT, FIRST, allowed.one_line),
    Pair(
        "two_keys-withdrawal", SUBMITTED, lines.withdraw_first, lines.withdraw_second, REVIEW,
        "withdrawn once", allowed.withdrawn,
    ),
    Pair(
        "two_keys-to_center", AT_DISTRICT, lines.to_center_by_one, lines.to_center_by_another, REVIEW, FIRST,
        allowed.one_submission,
    ),
)  # fmt: skip
GROUPS = {
    "A person in a list": PEOPLE,
    "A line under review": LINES,
    "Unions, units, plans": TREE,
    "The center and vouchers": MONEY,
    "One command sent twice": KEYS,
}
PAIRS = tuple(pair for pairs in GROUPS.values() for pair in pairs)
