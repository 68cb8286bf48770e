"""The notices of member-svc to the handlers of a union (D06)."""

from datetime import datetime
from uuid import UUID, uuid5

from asyncpg import Record

from contracts.enrollments import RemovalDecided
from contracts.notices import MemberNotice, MemberNoticeV2
from contracts.words import NoticeKind, Role
from member_svc.domain.states import ImportState


def import_ended(import_row: Record, now: datetime) -> MemberNotice:
    """The notice that an import has ended: applied, refused or interrupted. Each import gets one notice."""
    import_id = import_row["import_id"]
    return MemberNotice(
        notice_id=uuid5(import_id, NoticeKind.IMPORT_DONE),
        kind=NoticeKind.IMPORT_DONE,
        union_id=import_row["union_id"],
        role=Role.HANDLER,
        about=str(import_id),
        text=_text(import_row),
        at=now,
    )


def _text(import_row: Record) -> str:
    if import_row["state"] in (ImportState.FAILED, ImportState.INTERRUPTED):
        return f"会员导入未完成：{import_row['failure']['message']}"
    counts = f"新增{import_row['created']}人，更新{import_row['updated']}人，无变化{import_row['unchanged']}人"
    rejected = f"，未通过{import_row['rejected']}行，请下载错误文件修改后重新导入" if import_row["rejected"] else ""
    return f"会员导入已完成：{counts}{rejected}"


def removal_refused(
    event: RemovalDecided, union_id: UUID, unit_name: str, people: int, now: datetime
) -> MemberNoticeV2:
    """The notice that members stay in the list, because enrollment-svc refused their removal (A57)."""
    kind = NoticeKind.REMOVAL_REFUSED
    return MemberNoticeV2(
        notice_id=uuid5(event.removal_id, f"{kind.value}/{event.unit_id}/{event.part.index}"),
        kind=kind,
        union_id=union_id,
        role=Role.HANDLER,
        about=str(event.removal_id),
        text=f"{unit_name}申请删除的会员中有{people}人正在审核中，未删除，仍在会员列表中；请在审核结束或撤回参保后再删除。",
        at=now,
    )
