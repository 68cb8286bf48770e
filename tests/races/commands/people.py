"""Commands about members: imports, removals, service cards, checks, deaths, submissions."""

from functools import partial
from typing import Any

from system.cluster import Resident

from contracts.words import CardStatus, EmploymentStatus
from races.commands.command import Command
from races.results.final_state import FinalState
from races.subjects import Answer, Subject
from races.world import YEAR


def _submit(subject: Subject, *, who: int = 0, at: int | None = None, key: str = "", channel: str = "") -> Any:
    body = {
        "union_id": str(subject.home.union.union_id),
        "enrollment_type": "immediate",
        "channel": channel or "social_security_card",
        "plan": subject.plan,
        "year": YEAR,
        "member_ids": [subject.member_id],
    }
    return subject.handler(who, at).act("enrollment-svc", "/submissions", body, key=key)


def _submit_elsewhere(subject: Subject) -> Any:
    """Let the person's second union submit the person."""
    return subject.world.cluster.submit(1, [subject.rival_id], YEAR)


def _submission_kept(subject: Subject, answer: Answer, final: FinalState) -> bool:
    """If the command succeeded, the line exists. races.results.evaluation checks that there is no line after a
    refusal.
    """
    return not answer.done or all(line["line_id"] in final.lines for line in answer.body["lines"])


submit = Command("submission", _submit, _submission_kept)
submit_by_card = Command("submission by service card", partial(_submit, channel="service_card"), _submission_kept)
submit_by_another = Command("submission by a second handler", partial(_submit, who=1), _submission_kept)
submit_elsewhere = Command("submission by the other union", _submit_elsewhere, _submission_kept)


def _remove(subject: Subject, *, at: int | None = None, key: str = "") -> Any:
    body = {"member_ids": [subject.member_id]}
    return subject.handler(at=at).act("member-svc", "/members/removals", body, key=key)


def _removal_kept(subject: Subject, answer: Answer, final: FinalState) -> bool:
    """If the request was accepted, the person is removed, or a notice says UNDER_REVIEW (A57).

    If the request was refused, the person is still a member.
    """
    removed = bool(final.members[subject.member_id]["removed"])
    if not answer.done:
        return not removed
    return removed or answer.body["removal_id"] in final.refusals


remove = Command("removal", _remove, _removal_kept)
#: This command has no check, because a later import possibly restores the person (A57), so both final states are right.
remove_before_import = Command("removal", _remove)


def _give_card(subject: Subject) -> Any:
    card = {"member_id": subject.member_id, "card_number": f"6229{subject.person.number[4:14]}"}
    return subject.handler().act("member-svc", "/service-cards", {"cards": [card]})


def _cancel_card(subject: Subject) -> Any:
    body = {"member_ids": [subject.member_id]}
    return subject.handler().act("member-svc", "/service-cards/cancellations", body)


def _card_is(expected: bool, subject: Subject, answer: Answer, final: FinalState) -> bool:
    return bool(final.members[subject.member_id]["card"]) == (expected if answer.done else not expected)


give_card = Command("service card appears", _give_card, partial(_card_is, True))
cancel_card = Command("service card is cancelled", _cancel_card, partial(_card_is, False))


def _import(subject: Subject, *, who: int = 0) -> Any:
    return subject.world.import_roster(subject.home, [subject.person], check=False, who=who)


def _import_elsewhere(subject: Subject) -> Any:
    return subject.world.import_roster(subject.world.elsewhere, [subject.person], check=False)


def _rename(subject: Subject) -> Any:
    """Import the person's document number with a new name, so that the person's statuses become stale (A58)."""
    renamed = Resident(f"更名者{subject.person.name[-4:]}", subject.person.number)
    return subject.world.import_roster(subject.home, [renamed], check=False)


def _die(subject: Subject) -> Any:
    """The registry records the death. The person's second unit asks the registry before the first unit (A54, A59)."""
    subject.world.cluster.registries_say(CardStatus.NORMAL, EmploymentStatus.DECEASED, [subject.person])
    return subject.world.import_roster(subject.world.elsewhere, [subject.person], check=True)


def _listed(elsewhere: bool, subject: Subject, answer: Answer, final: FinalState) -> bool:
    """If the import was applied, the person is in the list of the unit that imported it."""
    home = subject.world.elsewhere if elsewhere else subject.home
    listed = any(one["unit_id"] == home.unit_id and not one["removed"] for one in final.members.values())
    return listed or not answer.done or answer.body["state"]["code"] != "applied"


def _died(subject: Subject, answer: Answer, final: FinalState) -> bool:
    return any(one["employment"] == "deceased" for one in final.candidates.values())


import_person = Command("import", _import, partial(_listed, False))
import_by_another = Command("import by a second handler", partial(_import, who=1), partial(_listed, False))
import_elsewhere = Command("import by another union", _import_elsewhere, partial(_listed, True))
#: This command has no check, because a removal possibly follows the import.
import_and_maybe_removed = Command("import", _import)
rename = Command("import under a new name", _rename, partial(_listed, False))
die = Command("death published about another unit", _die, _died)


def _check(subject: Subject) -> Any:
    """The registry now answers 在职, and the unit's handler starts a check."""
    subject.world.cluster.registries_say(CardStatus.NORMAL, EmploymentStatus.EMPLOYED, [subject.person])
    return subject.handler().act("enrollment-svc", "/checks", {"union_id": str(subject.home.union.union_id)})


check = Command("employment becomes clear by a check", _check)


def _with_one_key(play: Any, at: int) -> Any:
    return lambda subject: play(subject, at=at, key=subject.key)


submit_here, submit_there = (
    Command(f"submission with one key at replica {at + 1}", _with_one_key(_submit, at), _submission_kept)
    for at in (0, 1)
)
remove_here, remove_there = (
    Command(f"removal with one key at replica {at + 1}", _with_one_key(_remove, at), _removal_kept) for at in (0, 1)
)
submit_first, submit_second = (
    Command(f"submission with a key of its own at replica {at + 1}", partial(_submit, at=at), _submission_kept)
    for at in (0, 1)
)
