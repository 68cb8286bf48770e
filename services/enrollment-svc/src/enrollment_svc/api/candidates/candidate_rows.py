"""Builds a row of a list from a person: values for programs, and cells for screens and files (F123–F132)."""

from typing import TYPE_CHECKING

from chassis.web import MISSING, ReadContext
from contracts.words import Channel, EmploymentStatus
from enrollment_svc.api.candidates.candidate import Candidate, Target
from enrollment_svc.api.candidates.reason_schemas import reason_shown
from enrollment_svc.domain.candidates import reasons, statuses
from enrollment_svc.domain.candidates.people import Person
from enrollment_svc.domain.candidates.placement import Standing
from enrollment_svc.domain.candidates.retirement import suspicion
from enrollment_svc.domain.rates.cover import Cover
from enrollment_svc.settings import rules
from enrollment_svc.store.submissions import submissions
from enrollment_svc.texts import verification as words

if TYPE_CHECKING:
    import asyncpg


def row_of(row: "asyncpg.Record", read: ReadContext, cover: Cover | None) -> Candidate:
    """One row of a list. Only handlers read unmasked names (A29).

    `cover`: the start, end and term that the cover would have if the person were submitted now.
    """
    person = submissions.person_of({**row, "enrolled": False, "removed": False})
    answers, open_row = person.statuses, person.to_confirm and not person.confirmed
    in_full = read.shows_names
    personal = read.row_cipher.unseal(row["sealed"], person.member_id) if in_full else None
    past_due = _past_due(row, person, read)
    found = reasons.reasons(person, _channel_of(person), read.now, rules().status_max_age)
    shown = Candidate.model_validate(
        {
            **row,
            "name": personal.name if personal else row["masked_name"],
            "standing": person.standing,
            "employment_shown": _employment_shown(person),
            "to_confirm": open_row,
            "changed_after_confirmation": row["changed"],
            "stale": statuses.stale(answers, person.channel, person.renamed_at, read.now, rules().status_max_age),
            "retirement": suspicion(person.document_type, personal.document_number, read.now.date())
            if personal and person.to_confirm
            else None,
            "start_on": cover.start_on if cover else None,
            "end_on": cover.end_on if cover else None,
            "term": cover.term if cover else None,
            "reasons": [reason_shown(reason) for reason in found],
            "hint": words.TAKE_SERVICE_CARD if past_due else None,
            "links": _links(person, open_row=open_row, past_due=past_due),
            "cells": {},
        }
    )
    return shown.model_copy(update={"cells": _cells(shown)})


def _channel_of(person: Person) -> Channel:
    """The channel whose reasons are shown: the person's own channel. For a person without a channel, it is the
    social-security-card channel.
    """
    return person.channel or Channel.SOCIAL_SECURITY_CARD


def _past_due(row: "asyncpg.Record", person: Person, read: ReadContext) -> bool:
    """Whether the time promised for the check has passed and the card is still not in order (F119, F121)."""
    promised = row["promised_at"] is not None and row["promised_at"] < read.now
    waits = person.standing is Standing.TO_VERIFY
    return bool(promised and waits and statuses.card_fails(person.statuses, person.channel))


def _links(person: Person, *, open_row: bool, past_due: bool) -> list[Target]:
    links = []
    if open_row:
        links.append(Target.CONFIRMATIONS)
    if past_due:
        links.append(Target.SERVICE_CARD)
    if person.standing in (Standing.RETIRED, Standing.DECEASED):
        links.append(Target.MEMBERS)
    return links


def _employment_shown(person: Person) -> str:
    """The registry's value. A handler's confirmation is shown next to this value and never replaces it (A42)."""
    employment = person.statuses.employment
    if person.confirmed and employment is EmploymentStatus.UNCLEAR:
        return words.UNCLEAR_CONFIRMED
    return employment.label if employment else MISSING


def _cells(row: Candidate) -> dict[str, str]:
    notes = [
        *(reason.message for reason in row.reasons if reason.code != reasons.STATUS_STALE.code),
        words.STALE if row.stale else "",
        row.hint or "",
        row.retirement.label if row.retirement else "",
    ]
    return {
        "member_no": row.member_no,
        "name": row.name,
        "document_type": row.document_type.label,
        "masked_number": row.masked_number,
        "card_status": row.card_status.label if row.card_status else MISSING,
        "employment_status": row.employment_shown,
        "tag": row.tag or MISSING,
        "start_on": row.start_on.isoformat() if row.start_on else MISSING,
        "end_on": row.end_on.isoformat() if row.end_on else MISSING,
        "term": row.term.label if row.term else MISSING,
        "operation": words.CONFIRMED if row.confirmed else "确认" if row.to_confirm else MISSING,
        "note": "；".join(filter(None, notes)) or MISSING,
    }
