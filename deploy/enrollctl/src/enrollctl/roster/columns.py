"""The template's columns by their headings (A18, A58)."""

from datetime import date
from typing import TypeAlias

NAME = "姓名"
DOCUMENT_TYPE = "证件类型"
NUMBER = "证件号码"
MOBILE = "手机号"
TAG = "会员标签"
UNIT = "单位"
JOINED_ON = "入会日期"
SERVICE_CARD = "会员服务卡号"

COLUMNS = (NAME, DOCUMENT_TYPE, NUMBER, MOBILE, TAG, UNIT, JOINED_ON, SERVICE_CARD)

#: Text, a number cell, a date cell, or nothing in the cell.
Cell: TypeAlias = str | float | date | None
