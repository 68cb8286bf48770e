"""HTTP schema of a row of the tabs and of the confirmation list (F123–F132)."""

from datetime import date
from uuid import UUID

from pydantic import BaseModel

from chassis.validation import Instant, example
from chassis.web import Labelled
from contracts.words import CardStatus, Channel, DocumentType, EmploymentStatus, Term, Word
from enrollment_svc.api.candidates.reason_schemas import ReasonShown
from enrollment_svc.domain.candidates.placement import Standing
from enrollment_svc.domain.candidates.retirement import Suspicion
from enrollment_svc.texts import verification as words


class Target(Word):
    """The target of a row's link (F120, F121, F142)."""

    CONFIRMATIONS = "confirmations", words.CONFIRM_BUTTON
    SERVICE_CARD = "service_card", "工会会员服务卡参保"
    MEMBERS = "members", "会员管理"


class Candidate(BaseModel):
    """A person as a row of a tab. A status that is None is shown as "-". `start_on`, `end_on` and `term`: the start,
    end and term that the cover would have if the person were submitted now.

    `cells` hold the text for each column of `/texts`. `retirement` marks a person whose employment is 不明确 and who
    has reached, or has possibly reached, retirement age (A20). Only handlers see this mark.
    `changed_after_confirmation`: True if the employment registry changed its answer after the handler's confirmation
    (A43). `reasons`: why the person cannot be submitted, as in `/candidates/{member_id}/reasons`; empty if the person
    can be submitted.
    """

    model_config = example(
        {
            "member_id": "0d2f6e6e-4c0f-4a0b-9d0e-5b8f3a1c7d01",
            "unit_id": "0d2f6e6e-4c0f-4a0b-9d0e-5b8f3a1c7d02",
            "member_no": "007000123",
            "name": "王小明",
            "document_type": {"code": "resident_id", "label": "身份证"},
            "masked_number": "3101**********1230",
            "channel": {"code": "social_security_card", "label": "社保卡参保"},
            "standing": {"code": "to_verify", "label": "待校验"},
            "card_status": {"code": "sealed", "label": "封存"},
            "card_raw": "2",
            "card_source": "city-registries",
            "card_checked_at": "2024-05-10T10:00:00+08:00",
            "employment_status": {"code": "unclear", "label": "不明确"},
            "employment_raw": "90",
            "employment_source": "city-registries",
            "employment_shown": "不明确(已确认)",
            "employment_checked_at": "2024-05-10T10:00:00+08:00",
            "to_confirm": False,
            "confirmed": True,
            "changed_after_confirmation": False,
            "stale": False,
            "retirement": {"code": "possible", "label": "可能已达法定退休年龄"},
            "tag": "劳模",
            "start_on": "2024-05-11",
            "end_on": "2024-12-31",
            "term": {"code": "full_year", "label": "全年"},
            "reasons": [
                {
                    "code": "CARD_ABNORMAL",
                    "message": "社保卡状态为封存",
                    "next_step": "请改办会员服务卡，进行工会会员卡参保",
                }
            ],
            "hint": "改办会员服务卡",
            "links": [{"code": "service_card", "label": "工会会员服务卡参保"}],
            "cells": {
                "name": "王小明",
                "card_status": "封存",
                "employment_status": "不明确(已确认)",
                "tag": "劳模",
                "note": "社保卡状态为封存；改办会员服务卡",
            },
        }
    )

    member_id: UUID
    unit_id: UUID
    member_no: str
    name: str
    document_type: Labelled[DocumentType]
    masked_number: str
    channel: Labelled[Channel] | None
    standing: Labelled[Standing]
    card_status: Labelled[CardStatus] | None
    card_raw: str | None
    card_source: str | None
    card_checked_at: Instant | None
    employment_status: Labelled[EmploymentStatus] | None
    employment_raw: str | None
    employment_source: str | None
    employment_shown: str
    employment_checked_at: Instant | None
    to_confirm: bool
    confirmed: bool
    changed_after_confirmation: bool
    stale: bool
    retirement: Labelled[Suspicion] | None
    tag: str | None
    start_on: date | None
    end_on: date | None
    term: Labelled[Term] | None
    reasons: list[ReasonShown]
    hint: str | None
    links: list[Labelled[Target]]
    cells: dict[str, str]
