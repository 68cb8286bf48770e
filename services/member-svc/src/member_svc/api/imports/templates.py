"""The import template over HTTP (F073)."""

from uuid import UUID

from fastapi import APIRouter, Depends, Response

from chassis.web import Read, Scope, may, only_known_parameters
from contracts.words import Role
from member_svc.roster.template import VERSION, XLSX, template
from member_svc.store import units
from member_svc.usecases.reach import require_reach

router = APIRouter(tags=["imports"])


@router.get(
    "/template.xlsx",
    dependencies=[
        may("下载模板", Role.HANDLER, Role.REVIEWER, Role.MUNICIPAL, scope=Scope.SUBTREE),
        Depends(only_known_parameters),
    ],
    response_class=Response,
    responses={200: {"content": {XLSX: {}}}},
)
async def get_template(read: Read, union_id: UUID | None = None) -> Response:
    """An xlsx template. With `union_id`, its column 单位 offers the units of that union."""
    names: tuple[str, ...] = ()
    if union_id is not None:
        await require_reach(read.connection, read.principal, union_id)
        names = tuple(unit.name for unit in await units.of_union(read.connection, union_id))
    headers = {
        "Content-Disposition": f'attachment; filename="member-import-template-{VERSION}.xlsx"',
        "X-Template-Version": VERSION,
    }
    return Response(template(names), media_type=XLSX, headers=headers)
