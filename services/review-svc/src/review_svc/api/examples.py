"""Made-up lines and people for the API documents."""

from typing import Any

LINE_ID = "0b6f6a0e-6f0d-4c55-9a44-0d6f5a3f7e11"
UNION_ID = "6a1f0c52-3d0c-4f2a-8c53-2f6f2f0d1a01"
UNIT_ID = "6a1f0c52-3d0c-4f2a-8c53-2f6f2f0d1a02"
MEMBER_ID = "6a1f0c52-3d0c-4f2a-8c53-2f6f2f0d1a03"
IMMEDIATE = {"code": "immediate", "label": "即时参保"}
FEE = {"total_fen": 7800, "city_fen": 3900, "district_fen": 3900, "unit_fen": 0}

LINE: dict[str, Any] = {
    "line_id": LINE_ID, "batch_no": "CB202405100001", "union_id": UNION_ID, "union_name": "示例工会委员会",
    "unit_id": UNIT_ID, "unit_name": "上海示例建设监理有限公司", "organization_code": "D21435690", "credit_code": None,
    "year": 2024, "plan": "A", "plan_name": "A类会员专享基本保障", "enrollment_type": IMMEDIATE,
    "channel": {"code": "social_security_card", "label": "社保卡参保"}, "term": {"code": "full_year", "label": "全年"},
    "start_on": "2024-05-11", "end_on": "2024-12-31",
    "start_rule": {"code": "submit_next_day", "label": "提交参保的第二天"}, "heads": 3, "fee": FEE, "flagged": 0,
    "state": {"code": "pending", "label": "待审批"}, "unit_state": {"code": "in_review", "label": "区局确认中"},
    "version": 1, "round": 1, "replaces": None, "submission_no": None, "reviewer": "示例区总工会",
    "submitted_at": "2024-05-10T14:41:00+08:00", "updated_at": "2024-05-10T14:41:00+08:00",
}  # fmt: skip
PERSON: dict[str, Any] = {
    "member_id": MEMBER_ID, "member_no": "007000000001", "name": "示例甲", "masked_number": "3101**********1230",
    "document_type": {"code": "resident_id", "label": "身份证"}, "confirmed_by_hand": False,
    "state": {"code": "in", "label": "在批次中"}, "flag": None,
}  # fmt: skip
