"""HTTP for screens and operators."""

from fastapi import APIRouter

from member_svc.api import imports, members, unions

router = APIRouter()
for part in (unions.router, imports.router, members.router):
    router.include_router(part)
