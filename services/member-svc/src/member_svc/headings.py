"""Which column of a roster a heading stands for: the template's own words and what others call them (A18)."""

import re
from collections.abc import Mapping

NAME = "姓名"
DOCUMENT_TYPE = "证件类型"
NUMBER = "证件号码"
MOBILE = "手机号"
TAG = "会员标签"
UNIT = "单位"
JOINED_ON = "入会日期"
SERVICE_CARD = "会员服务卡号"

COLUMNS = (NAME, DOCUMENT_TYPE, NUMBER, MOBILE, TAG, UNIT, JOINED_ON, SERVICE_CARD)
REQUIRED = (NAME, DOCUMENT_TYPE, NUMBER)
#: The error workbook's own column (D08): the importer passes over it.
REASON = "错误原因"

#: Headings of our own exports, of the city's forms and of common personnel systems. A word that could mean something
#: else is missing on purpose: 会员服务卡 says yes or no, 工会名称 is no unit, 单位代码 stands beside 单位名称.
SYNONYMS: Mapping[str, tuple[str, ...]] = {
    NAME: ("会员姓名", "职工姓名", "员工姓名", "人员姓名", "名字"),
    DOCUMENT_TYPE: ("证件类别", "证件种类", "有效证件类型", "身份证件类型"),
    NUMBER: (
        *("证件号", "有效证件号码", "有效证件号", "身份证件号码", "身份证件号"),
        *("身份证", "身份证号", "身份证号码", "居民身份证号", "居民身份证号码", "公民身份号码", "公民身份证号码"),
    ),
    MOBILE: (
        *("手机", "手机号码", "移动电话", "移动电话号码", "联系手机", "联系手机号", "手机电话"),
        *("联系电话", "联系方式", "电话", "电话号码", "本人手机号", "本人手机号码"),
    ),
    TAG: ("标签", "人员标签", "职工标签"),
    UNIT: (
        *("单位名称", "单位全称", "所属单位", "所属单位名称", "所在单位", "所在单位名称", "工作单位", "工作单位名称"),
        *("用人单位", "用人单位名称", "企业名称", "公司名称", "所属企业", "所在企业", "单位名称或代码"),
        *("企业全称", "公司全称", "所属公司", "所属公司名称", "所在公司", "关联单位", "关联单位名称", "关联企业"),
        *("关联企业名称", "参保单位", "参保单位名称", "参保企业", "参保企业名称"),
    ),
    JOINED_ON: ("入会时间", "加入工会日期", "加入工会时间"),
    SERVICE_CARD: (
        *("服务卡号", "服务卡号码", "会员服务卡号码", "工会会员服务卡号", "工会会员服务卡号码", "工会服务卡号"),
        *("会员卡号", "工会会员卡号", "工会卡号"),
        *("服务卡卡号", "会员服务卡卡号", "工会服务卡卡号", "工会会员服务卡卡号", "会员卡卡号", "工会会员卡卡号"),
    ),
}
#: The traditional characters of these words, and the spelling 身分證.
TRADITIONAL = str.maketrans(
    "證類別種號碼機會員單稱務職參關聯屬業電話動繫係時間標籤簽錄姓護齡選個國錯誤戶",
    "证类别种号码机会员单称务职参关联属业电话动系系时间标签签录姓护龄选个国错误户",
)
#: A number before the words: 1.姓名, （1）姓名, ①姓名, 一、姓名.
NUMBERING = re.compile(r"(?:[0-9]{1,2}[.．、,，)）-]?|[\u2460-\u249b]|[一二三四五六七八九十]{1,3}[.．、)）])(?=\D)")
COLUMN_OF = {word: column for column, words in SYNONYMS.items() for word in (column, *words)}


def heading_of(text: str) -> str:
    """Without numbers, marks of required columns and remarks in brackets: 1.姓名* and 姓名（必填） are 姓名."""
    bare = re.sub(r"[(（].*?[)）]|【.*?】|\[.*?\]|[\s*＊:：]", "", text)
    return NUMBERING.sub("", bare, count=1) if NUMBERING.match(bare) else bare


def column_of(text: str) -> str | None:
    """The column that a heading stands for, or None."""
    return COLUMN_OF.get(heading_of(text).translate(TRADITIONAL).replace("身分", "身份"))
