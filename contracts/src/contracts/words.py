"""The closed vocabularies of the trade: each word has an English value for the wire and the manual's Chinese label.

This module imports only the standard library, so that the rules in any `domain/` are allowed to import it.
"""

from enum import StrEnum
from typing import Self


class Word(StrEnum):
    """A wire word (`value`) with the word that screens show (`label`)."""

    label: str

    def __new__(cls, value: str, label: str = "") -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        return member

    @classmethod
    def from_label(cls, label: str) -> Self:
        """The word with this label from the manual. Raises KeyError for an unknown label."""
        for word in cls:
            if word.label == label:
                return word
        raise KeyError(label)


class UnionType(Word):
    """Nine union types of the manual: six are supported, three are refused (F015–F022)."""

    MUNICIPAL = "municipal", "市总工会"
    DISTRICT = "district", "区总工会"
    INDUSTRY = "industry", "产业局总工会"
    STREET = "street", "街道总工会"
    JOINT = "joint", "联合工会"
    COMMITTEE = "committee", "工会委员会"
    FEDERATION = "federation", "工会联合会"
    BRANCH = "branch", "分工会"
    GROUP = "group", "工会小组"

    @property
    def supported(self) -> bool:
        """Whether the manual lets unions of this type enroll members (F021, F022)."""
        return self not in (UnionType.FEDERATION, UnionType.BRANCH, UnionType.GROUP)


class DocumentType(Word):
    """Types of identity documents (docs/formulas.md). The channel by social security card requires RESIDENT_ID."""

    RESIDENT_ID = "resident_id", "身份证"
    HK_MACAO_RESIDENCE = "hk_macao_residence", "港澳居民居住证"
    TAIWAN_RESIDENCE = "taiwan_residence", "台湾居民居住证"
    FOREIGN_PERMANENT_ID = "foreign_permanent_id", "外国人永久居留身份证"
    FOREIGN_PERMANENT_RESIDENCE = "foreign_permanent_residence", "外国人永久居留证"
    HK_MACAO_PERMIT = "hk_macao_permit", "港澳居民来往内地通行证"
    TAIWAN_PERMIT = "taiwan_permit", "台湾居民来往大陆通行证"
    PASSPORT = "passport", "护照"


class CardStatus(Word):
    """Status of the social security card (F107–F112). None: no status was obtained; screens show "-" (A05)."""

    NORMAL = "normal", "正常"
    SEALED = "sealed", "封存"
    REPORTED_LOST = "reported_lost", "挂失"
    LOCKED = "locked", "锁定"
    CANCELLED = "cancelled", "注销"
    UNCLEAR = "unclear", "不明确"


class EmploymentStatus(Word):
    """Employment status (F114–F117). Every other code of the registry becomes UNCLEAR (A19)."""

    EMPLOYED = "employed", "在职"
    UNCLEAR = "unclear", "不明确"
    RETIRED = "retired", "退休"
    DECEASED = "deceased", "死亡"


class Channel(Word):
    """参保通道: the two disjoint ways to enroll (F087, F088)."""

    SOCIAL_SECURITY_CARD = "social_security_card", "社保卡参保"
    SERVICE_CARD = "service_card", "会员卡参保"


class EnrollmentType(Word):
    """参保类型 (A36)."""

    CENTRALIZED = "centralized", "集中参保"
    IMMEDIATE = "immediate", "即时参保"


class Term(Word):
    """半年/全年 (F132, A03)."""

    FULL_YEAR = "full_year", "全年"
    HALF_YEAR = "half_year", "半年"


class Role(Word):
    """The role of an account. What the account can do also depends on its union's place in the tree (A51, A61)."""

    HANDLER = "handler", "经办人"
    REVIEWER = "reviewer", "审核人"
    MUNICIPAL = "municipal", "市总工会"
    CENTER = "center", "职保中心"
    OPERATOR = "operator", "平台运维"
    AUDITOR = "auditor", "审计"
    ACCOUNT_ADMIN = "account_admin", "账号管理员"


#: Roles that act for one union. Accounts with these roles, and their tokens, must name this union.
PLACED = (Role.HANDLER, Role.REVIEWER)


class MatchResult(Word):
    """How a voucher's amount compares with what is due (D22, A62)."""

    MATCHED = "matched", "核对一致"
    SHORT = "short", "金额不足"
    OVER = "over", "金额超出"


class StartRule(Word):
    """When the cover of a submission starts (A01)."""

    SUBMIT_NEXT_DAY = "submit_next_day", "提交参保的第二天"
    APPROVE_NEXT_DAY = "approve_next_day", "审核通过的第二天"


class Stage(Word):
    """The stages that a person goes through, as a person's story shows them."""

    IMPORT = "import", "会员导入"
    VERIFICATION = "verification", "获取社保卡和就业状态"
    CONFIRMATION = "confirmation", "名单确认"
    SUBMISSION = "submission", "提交至上级审核"
    REVIEW = "review", "审核"
    PAYMENT = "payment", "缴费"


class NoticeKind(Word):
    """The kinds of notices (D06)."""

    IMPORT_DONE = "import_done", "会员导入完成"
    REMOVAL_REFUSED = "removal_refused", "删除会员未通过"
    CHECK_DONE = "check_done", "数据校验完成"
    RETURNED = "returned", "参保批次已退回"
    PEOPLE_RETURNED = "people_returned", "部分人员已退回"
    WITHDRAWN = "withdrawn", "参保批次已撤回"
    WITHDRAWAL_REFUSED = "withdrawal_refused", "撤回未通过"
    COMPLETED = "completed", "参保批次已完成"
    PEOPLE_FLAGGED = "people_flagged", "审核中人员状态变化"
    REASSIGNED = "reassigned", "审核单位变更"
    CENTER_CONFIRMED = "center_confirmed", "职保中心已确认"
    CENTER_REJECTED = "center_rejected", "职保中心退回"
    CENTER_FEEDBACK = "center_feedback", "职保中心反馈"
    VOUCHER_REJECTED = "voucher_rejected", "缴费凭证退回"
    VOUCHER_DUE_SOON = "voucher_due_soon", "缴费凭证即将到期"
    VOUCHER_OVERDUE = "voucher_overdue", "缴费凭证已逾期"
