"""Finds the roster column for a heading, by the template's words or by synonyms (A18)."""

import re

from member_svc.domain.roster import roster_columns

NAME = roster_columns.NAME.heading
DOCUMENT_TYPE = roster_columns.DOCUMENT_TYPE.heading
NUMBER = roster_columns.NUMBER.heading
MOBILE = roster_columns.MOBILE.heading
TAG = roster_columns.TAG.heading
UNIT = roster_columns.UNIT.heading
JOINED_ON = roster_columns.JOINED_ON.heading
SERVICE_CARD = roster_columns.SERVICE_CARD.heading

COLUMNS = tuple(column.heading for column in roster_columns.COLUMNS)
REQUIRED = tuple(column.heading for column in roster_columns.COLUMNS if column.required)
SYNONYMS = {column.heading: column.synonyms for column in roster_columns.COLUMNS}
#: The column that the error workbook adds (D08); the import ignores it.
REASON = "错误原因"

#: Traditional characters in headings, mapped to simplified ones.
TRADITIONAL = str.maketrans(
    "證類別種號碼機會員單稱務職參關聯屬業電話動繫係時間標籤簽錄姓護齡選個國錯誤戶",
    "证类别种号码机会员单称务职参关联属业电话动系系时间标签签录姓护龄选个国错误户",
)
#: A number before the heading: 1.姓名, （1）姓名, ①姓名, 一、姓名.
NUMBERING = re.compile(r"(?:[0-9]{1,2}[.．、,，)）-]?|[\u2460-\u249b]|[一二三四五六七八九十]{1,3}[.．、)）])(?=\D)")
COLUMN_OF = {word: column for column, words in SYNONYMS.items() for word in (column, *words)}


def heading_of(text: str) -> str:
    """The heading without its number, required mark and remark in brackets: 1.姓名* and 姓名（必填） become 姓名."""
    bare = re.sub(r"[(（].*?[)）]|【.*?】|\[.*?\]|[\s*＊:：]", "", text)
    return NUMBERING.sub("", bare, count=1) if NUMBERING.match(bare) else bare


def column_of(text: str) -> str | None:
    """The column that a heading stands for, or None."""
    return COLUMN_OF.get(heading_of(text).translate(TRADITIONAL).replace("身分", "身份"))
