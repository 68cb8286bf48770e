"""The states of imports, rows, members and lines."""

from contracts.words import Word


class ImportState(Word):
    """The state of an import: checked in the background, then confirmed by the handler and applied (D07)."""

    CHECKING = "checking", "检查中"
    CHECKED = "checked", "待确认导入"
    APPLYING = "applying", "导入中"
    APPLIED = "applied", "已导入"
    FAILED = "failed", "检查未通过"
    INTERRUPTED = "interrupted", "导入中断"


class RowOutcome(Word):
    """The outcome of a row. The check stores the expected outcome, and the import stores the actual outcome (D09)."""

    CREATED = "created", "新增"
    UPDATED = "updated", "更新"
    UNCHANGED = "unchanged", "无变化"
    REJECTED = "rejected", "不通过"


class MemberState(Word):
    """The state of a member. The member leaves the member list when enrollment-svc grants the removal (A57)."""

    LISTED = "listed", "在册"
    REMOVAL_PENDING = "removal_pending", "删除待确认"
    REMOVED = "removed", "已删除"


class LineState(Word):
    """The state of a batch line. Members in a line UNDER_REVIEW cannot be removed (A57)."""

    UNDER_REVIEW = "under_review", "审核中"
    COMPLETED = "completed", "已完成"
    ENDED = "ended", "已退回或已撤回"
