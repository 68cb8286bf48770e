"""The columns of lists, for screens and files, in the manual's words (D26)."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chassis.web import Column
from contracts.words import Channel, DocumentType, EmploymentStatus, EnrollmentType, Term
from review_svc.domain.lines import LineState
from review_svc.domain.people import PersonState
from review_svc.domain.submissions import FeedbackResult, SubmissionState

if TYPE_CHECKING:
    import asyncpg

#: The columns of the list 待审批 on the screen (F222). The checkbox column has no heading.
PENDING = [
    Column("ticked", ""),
    Column("unit_name", "单位名称"),
    Column("plan_name", "保障类型"),
    Column("heads", "参保人数", "count"),
    Column("channel", "类型"),
    Column("fee", "保障费用", "money_fen"),
    Column("operation", "操作"),
]
#: The columns of the list 待提交 (F237): the columns of `PENDING` without 操作.
STAGED = [column for column in PENDING if column.field != "operation"]

PEOPLE = [
    Column("member_no", "会员编号", "code"),
    Column("name", "姓名"),
    Column("document_type", "证件类型"),
    Column("masked_number", "证件号码", "code"),
    Column("state", "状态"),
    Column("flag", "就业状态变化"),
]
SUBMISSIONS = [
    Column("submission_no", "批次编号", "code"),
    Column("union_name", "提交单位"),
    Column("source", "批次来源"),
    Column("year", "保障年度", "code"),
    Column("heads", "参保人数", "count"),
    Column("total_fen", "保障费用", "money_fen"),
    Column("city_fen", "市总统一划拨", "money_fen"),
    Column("district_fen", "区局/各级工会缴费", "money_fen"),
    Column("unit_fen", "基层单位缴费", "money_fen"),
    Column("state", "状态"),
    Column("submitted_at", "提交时间", "instant"),
    Column("confirmed_at", "职保中心确认时间", "instant"),
    Column("feedback_at", "职保中心反馈时间", "instant"),
    Column("feedback_result", "职保中心反馈"),
    Column("updated_at", "最后更新时间", "instant"),
]
CITY_SHARE = [
    Column("year", "保障年度", "code"),
    Column("plan_name", "保障类型"),
    Column("lines", "参保批次数", "count"),
    Column("heads", "参保人数", "count"),
    Column("total_fen", "保障费用", "money_fen"),
    Column("city_fen", "市总统一划拨", "money_fen"),
]


@dataclass(frozen=True, slots=True)
class File:
    """The columns of an exported file, and the file's name for each list that can be exported."""

    names: dict[str, str]
    columns: list[Column]


LINE_FILE = File(
    {"pending": "待审批参保列表", "staged": "待提交参保列表", "all": "参保审核列表"},
    [
        Column("batch_no", "批次编号", "code"),
        Column("unit_name", "单位名称"),
        Column("organization_code", "组织机构代码", "code"),
        Column("reviewer", "审核工会"),
        Column("enrollment_type", "参保类型"),
        Column("plan_name", "保障类型"),
        Column("heads", "参保人数", "count"),
        Column("channel", "类型"),
        Column("total_fen", "保障费用", "money_fen"),
        Column("city_fen", "市总统一划拨", "money_fen"),
        Column("district_fen", "区局/各级工会缴费", "money_fen"),
        Column("unit_fen", "基层单位缴费", "money_fen"),
        Column("start_on", "起保日期", "date"),
        Column("end_on", "终保日期", "date"),
        Column("term", "半年/全年"),
        Column("state", "状态"),
        Column("submitted_at", "提交时间", "instant"),
        Column("updated_at", "最后更新时间", "instant"),
    ],
)


def line_words(row: "asyncpg.Record") -> dict[str, Any]:
    """A line with labels in place of codes."""
    return dict(row) | {
        "enrollment_type": EnrollmentType(row["enrollment_type"]),
        "channel": Channel(row["channel"]),
        "term": Term(row["term"]),
        "state": LineState(row["state"]),
    }


def person_words(row: "asyncpg.Record", name: str) -> dict[str, Any]:
    """A person with labels in place of codes. `name`: full or masked, as the caller is allowed to see it."""
    return {
        "member_no": row["member_no"],
        "name": name,
        "document_type": DocumentType(row["document_type"]),
        "masked_number": row["masked_number"],
        "state": PersonState(row["state"]),
        "flag": EmploymentStatus(row["flag"]) if row["flag"] else None,
    }


def submission_words(row: "asyncpg.Record") -> dict[str, Any]:
    """A submission with labels in place of codes."""
    return dict(row) | {
        "source": EnrollmentType(row["enrollment_type"]),
        "state": SubmissionState(row["state"]),
        "feedback_result": FeedbackResult(row["feedback_result"]) if row["feedback_result"] else None,
    }
