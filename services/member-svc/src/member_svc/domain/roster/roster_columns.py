"""The columns of a roster. Each declares its headings, how its cells are read, and the field that it fills (A18).

The template, the reader of sheets, the row errors and the columns of the member list are derived from COLUMNS.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, NamedTuple

from chassis.normalization import bare_code_key, display_text
from contracts.words import DocumentType
from member_svc.domain.roster.cell_kinds import Cell
from member_svc.domain.roster.cells import date_of, keeps_digits, mobile_of, text_of, written
from member_svc.domain.roster.row_codes import RowCode

MOBILE_PATTERN = re.compile(r"1[3-9][0-9]{9}")
CARD_PATTERN = re.compile(r"[A-Z0-9]{6,30}")
EARLIEST_JOINED_ON = date(1900, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterColumn:
    """A column of the template.

    `synonyms`: headings of the exported member list, of the city's forms and of common personnel systems. Three words
    are left out on purpose. 会员服务卡 is a yes/no column, and 工会名称 names a union. A sheet with 单位代码 often has
    单位名称 too, and two columns for 单位 would be refused.
    `shared`: True if several people can have the same value. If so, a cell merged over several rows gives its value to
    all these rows.
    `blank_formula`: the warning for a formula with an empty result, in a column where a blank cell has a meaning. For
    example, a blank 单位 means the unit chosen at the upload. `width` and `sample` are used by the template.
    """

    heading: str
    synonyms: tuple[str, ...]
    required: bool = False
    shared: bool = False
    blank_formula: str = ""
    width: int = 14
    sample: str = ""


class Problem(NamedTuple):
    """Why a cell is refused. The message never quotes the cell."""

    code: RowCode
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DetailColumn(RosterColumn):
    """A column that is validated without looking at other columns.

    `read` returns the value for `field` of `Entry`, None for a blank cell, or a Problem. If `field` is one of
    `PlainValues`, the member list and its file have this column too, and `kind` is its format in the file.
    """

    field: str
    read: Callable[[Cell], Any | Problem | None]
    kind: Literal["text", "code", "date"] = "text"


def text_column(
    heading: str, field: str, *, most: int, too_long: RowCode = RowCode.CELL_TOO_LONG, **more: Any
) -> DetailColumn:
    """A column of texts of up to `most` characters."""
    problem = Problem(too_long, f"{heading}不能超过{most}个字，请缩短后重试")

    def read(cell: Cell) -> str | Problem | None:
        text = display_text(written(cell))
        return problem if len(text) > most else text or None

    return DetailColumn(heading=heading, field=field, read=read, **more)


def read_mobile(cell: Cell) -> str | Problem | None:
    mobile = mobile_of(cell)
    if mobile and not MOBILE_PATTERN.fullmatch(mobile):
        return Problem(RowCode.MOBILE_MALFORMED, "手机号应为1开头的11位数字，请核对后修改")
    return mobile or None


def read_joined_on(cell: Cell) -> date | Problem | None:
    found = date_of(cell)
    if found and found >= EARLIEST_JOINED_ON:
        return found
    if text_of(cell):
        return Problem(RowCode.JOINED_ON_MALFORMED, "入会日期应为有效日期，请核对后修改，例如 2020-01-31")
    return None


def read_card(cell: Cell) -> str | Problem | None:
    number = bare_code_key(written(cell))
    if number and not keeps_digits(cell):
        message = "会员服务卡号单元格是数字格式，Excel已丢失部分数字，请将该列设为文本格式后重新填写"
        return Problem(RowCode.SERVICE_CARD_MALFORMED, message)
    if number and not CARD_PATTERN.fullmatch(number):
        return Problem(RowCode.SERVICE_CARD_MALFORMED, "会员服务卡号应为6至30位数字或字母，请核对后修改")
    return number or None


NAME = RosterColumn(
    heading="姓名",
    synonyms=("会员姓名", "职工姓名", "员工姓名", "人员姓名", "名字"),
    required=True,
    sample="示例（请删除本行）",
)
DOCUMENT_TYPE = RosterColumn(
    heading="证件类型",
    synonyms=("证件类别", "证件种类", "有效证件类型", "身份证件类型"),
    required=True,
    shared=True,
    width=22,
    sample=DocumentType.RESIDENT_ID.label,
)
NUMBER = RosterColumn(
    heading="证件号码",
    synonyms=(
        *("证件号", "有效证件号码", "有效证件号", "身份证件号码", "身份证件号"),
        *("身份证", "身份证号", "身份证号码", "居民身份证号", "居民身份证号码", "公民身份号码", "公民身份证号码"),
    ),
    required=True,
    width=24,
    # The check digit is wrong on purpose, so that the sample row is rejected if a handler leaves it in the file.
    sample="310101199001010000",
)
MOBILE = DetailColumn(
    heading="手机号",
    synonyms=(
        *("手机", "手机号码", "移动电话", "移动电话号码", "联系手机", "联系手机号", "手机电话"),
        *("联系电话", "联系方式", "电话", "电话号码", "本人手机号", "本人手机号码"),
    ),
    sample="13800000000",
    field="mobile",
    read=read_mobile,
)
TAG = text_column(
    "会员标签",
    "tag",
    most=50,
    too_long=RowCode.TAG_TOO_LONG,
    synonyms=("标签", "人员标签", "职工标签"),
    shared=True,
    sample="一线职工",
)
UNIT = RosterColumn(
    heading="单位",
    synonyms=(
        *("单位名称", "单位全称", "所属单位", "所属单位名称", "所在单位", "所在单位名称", "工作单位", "工作单位名称"),
        *("用人单位", "用人单位名称", "企业名称", "公司名称", "所属企业", "所在企业", "单位名称或代码"),
        *("企业全称", "公司全称", "所属公司", "所属公司名称", "所在公司", "关联单位", "关联单位名称", "关联企业"),
        *("关联企业名称", "参保单位", "参保单位名称", "参保企业", "参保企业名称"),
    ),
    shared=True,
    blank_formula="“单位”是公式，结果为空，已归入导入时所选的单位，请核对",
    width=28,
)
JOINED_ON = DetailColumn(
    heading="入会日期",
    synonyms=("入会时间", "加入工会日期", "加入工会时间"),
    shared=True,
    sample="2020-01-31",
    field="joined_on",
    read=read_joined_on,
    kind="date",
)
SERVICE_CARD = DetailColumn(
    heading="会员服务卡号",
    synonyms=(
        *("服务卡号", "服务卡号码", "会员服务卡号码", "工会会员服务卡号", "工会会员服务卡号码", "工会服务卡号"),
        *("会员卡号", "工会会员卡号", "工会卡号"),
        *("服务卡卡号", "会员服务卡卡号", "工会服务卡卡号", "工会会员服务卡卡号", "会员卡卡号", "工会会员卡卡号"),
    ),
    blank_formula="“会员服务卡号”是公式，结果为空，已按没有服务卡处理，请核对",
    width=24,
    field="card_number",
    read=read_card,
)
#: In the order of the template.
COLUMNS = (
    NAME,
    DOCUMENT_TYPE,
    NUMBER,
    MOBILE,
    TAG,
    UNIT,
    JOINED_ON,
    SERVICE_CARD,
)
DETAIL_COLUMNS = tuple(column for column in COLUMNS if isinstance(column, DetailColumn))
