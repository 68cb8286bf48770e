"""Where imports, rows, members and lines stand."""

from contracts.words import Word


class ImportState(Word):
    """Where an import stands: checked once in the background, then confirmed and applied (D07)."""

    CHECKING = "checking", "检查中"
    CHECKED = "checked", "待确认导入"
    APPLYING = "applying", "导入中"
    APPLIED = "applied", "已导入"
    FAILED = "failed", "检查未通过"
    INTERRUPTED = "interrupted", "导入中断"


class RowOutcome(Word):
    """What a row does: as foreseen by the check, then as applied (D09)."""

    CREATED = "created", "新增"
    UPDATED = "updated", "更新"
    UNCHANGED = "unchanged", "无变化"
    REJECTED = "rejected", "不通过"


class MemberState(Word):
    """Where a membership stands: it leaves the list once enrollment-svc has granted the removal (A57)."""

    LISTED = "listed", "在册"
    REMOVAL_PENDING = "removal_pending", "删除待确认"
    REMOVED = "removed", "已删除"


class LineState(Word):
    """A submitted line as far as deletion cares (A57): only UNDER_REVIEW protects."""

    UNDER_REVIEW = "under_review", "审核中"
    COMPLETED = "completed", "已完成"
    ENDED = "ended", "已退回或已撤回"
