"""A service that never finishes an export and never answers an upload.

A test can therefore kill the service in the middle of a request, and search its files for people's names before and
after the kill.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, ClassVar

from fastapi import APIRouter, Request, Response
from starlette.datastructures import UploadFile

from chassis.service import Service, run
from chassis.settings import ChassisSettings
from chassis.web import Column, Command, ExportFormat, Read, UploadRoute, export
from chassis.web.uploads import OneFileOnly

NAME = "欧阳无踪"
#: The export has so many rows that it is many times larger than all buffers between the writer and the disk.
BATCHES, ROWS = 40, 500
MIB = 1024 * 1024


class Route(UploadRoute):
    most_file_bytes: ClassVar[int] = 20 * MIB
    too_large = OneFileOnly


router = APIRouter()
uploads = APIRouter(route_class=Route)


async def rows() -> AsyncIterator[Sequence[Mapping[str, Any]]]:
    for batch in range(BATCHES):
        yield [{"name": f"{NAME}{batch}-{row}"} for row in range(ROWS)]
    print("WRITTEN", flush=True)
    await asyncio.Event().wait()


@router.get("/people")
async def people(read: Read, format: ExportFormat = ExportFormat.XLSX) -> Response:
    return await export(
        read, name="people_exported", file_name="a", columns=[Column("name", "姓名")], rows=rows(), format=format
    )


@router.post("/acts/without-body")
async def act_without_body(command: Command) -> Response:
    """The route takes no body, but a caller can send a form to it."""
    return await _stand_still()


@uploads.post("/files")
async def upload(request: Request, command: Command) -> Response:
    form = await request.form()
    assert isinstance(form["file"], UploadFile)
    return await _stand_still()


async def _stand_still() -> Response:
    print("READ", flush=True)
    await asyncio.Event().wait()
    return Response()


router.include_router(uploads)
service = Service(name="naming-svc", package="chassis", settings=ChassisSettings, router=router, uses_kafka=False)

if __name__ == "__main__":
    run(service)
