"""Made-up values that the examples of the API document share. No value is null, because FastAPI would leave it out."""

from typing import Any

UNION_ID = "4f1c2a52-0d57-4c63-9a0e-2f3f0f1d7a10"
DISTRICT_ID = "2c3d4e5f-6a7b-4c8d-9e0f-1a2b3c4d5e16"
UNIT_ID = "8a6e6a0c-3b1f-4f0e-9d55-6a4b7d2c9e11"
MEMBER_ID = "c2b7c0de-5a1e-4d0b-8f27-1f0a9b3c4d12"
IMPORT_ID = "0b9d3f7a-6c2e-4a88-b1d4-5e6f7a8b9c13"
BATCH_ID = "7d5e4c3b-2a19-4807-b6f5-e4d3c2b1a014"
CANCELLATION_ID = "1e2d3c4b-5a69-4788-97a6-b5c4d3e2f115"
REMOVAL_ID = "5b4a3928-1706-4f5e-8d4c-3b2a19080716"
AT = "2024-05-10T12:00:00+08:00"

MEMBER: dict[str, Any] = {
    "member_id": MEMBER_ID,
    "member_no": "007000000001",
    "name": "王小明",
    "masked_number": "3101**********1230",
    "document_type": {"code": "resident_id", "label": "身份证"},
    "union_id": UNION_ID,
    "unit_id": UNIT_ID,
    "unit_name": "示例建设监理有限公司",
    "tag": "一线职工",
}
UNIT: dict[str, Any] = {
    "unit_id": UNIT_ID,
    "name": "示例建设监理有限公司",
    "organization_code": "MB151840X",
    "credit_code": "11320000MB151840XJ",
}
UNION: dict[str, Any] = {
    "union_id": UNION_ID,
    "name": "示例街道联合工会",
    "union_type": {"code": "joint", "label": "联合工会"},
    "supported": True,
    "parent_id": DISTRICT_ID,
    "path": [DISTRICT_ID, UNION_ID],
    "units": [UNIT],
    "unit_count": 1,
    "active": True,
    "has_reviewer": True,
    "version": 1,
    "updated_at": AT,
}
PUT_UNIT: dict[str, Any] = {
    "unit_id": UNIT_ID,
    "name": "示例建设监理有限公司",
    "credit_code": "11320000MB151840XJ",
}
PUT_UNION: dict[str, Any] = {
    "name": "示例街道联合工会",
    "union_type": "joint",
    "parent_id": DISTRICT_ID,
    "units": [PUT_UNIT],
    "active": True,
    "has_reviewer": True,
}
