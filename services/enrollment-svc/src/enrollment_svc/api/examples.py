"""Examples in the OpenAPI documents. The people in them are invented."""

UNION = "6f1c2a34-0000-4000-8000-000000000001"
UNIT = "6f1c2a34-0000-4000-8000-000000000002"
MEMBER = "6f1c2a34-0000-4000-8000-000000000003"
LINE = "6f1c2a34-0000-4000-8000-000000000004"
BATCH_NO = "CB202405090002"
AT = "2024-05-10T14:41:00+08:00"
RATE = {"total_fen": 2600, "city_fen": 1300, "district_fen": 1300, "unit_fen": 0}
FEE_OF_3 = {"total_fen": 7800, "city_fen": 3900, "district_fen": 3900, "unit_fen": 0}
IMMEDIATE = {"code": "immediate", "label": "即时参保"}
SOCIAL_SECURITY_CARD = {"code": "social_security_card", "label": "社保卡参保"}
FULL_YEAR = {"code": "full_year", "label": "全年"}
COMPLETED = {"code": "completed", "label": "已完成"}
IN_REVIEW = {"code": "in_review", "label": "区局确认中"}
