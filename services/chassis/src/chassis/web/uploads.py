"""Reads a form with one file. A form that is too large or incomplete is refused.

Files hold personal data and bank details. The parser keeps them in memory, because on a disk they would not be
encrypted.
"""

from collections.abc import AsyncGenerator, Callable, Coroutine
from io import BytesIO
from typing import Any, ClassVar, Final

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect

from chassis.domain import Refusal
from chassis.normalization import is_digits
from chassis.server import FORM, ContentEncodingUnsupported, FormUnreadable, is_encoded, media_type_of
from chassis.web.requests import principal_of

#: The bytes that a form can need around its file.
MARGIN_BYTES: Final = 64 * 1024
FILE: Final = "file"


class OneFileOnly(Refusal):
    code = "ONE_FILE_ONLY"
    status = 422
    message = "一次只能上传一个文件，请分别上传"


class FileExpected(Refusal):
    code = "FILE_EXPECTED"
    status = 422
    message = "字段 file 须为文件，请选择文件后上传"


class TextExpected(Refusal):
    code = "TEXT_EXPECTED"
    status = 422
    message = "只有字段 file 可以是文件，其他字段须为文本，请修改后重试"


#: The refusals of a form that does not consist of one file and texts.
UNFIT_FORMS: Final = (OneFileOnly, FileExpected, TextExpected)


class _MemoryParser(MultiPartParser):
    """Keeps files in memory, and records whether the form was complete."""

    has_ended = False

    def on_end(self) -> None:
        self.has_ended = True


class UploadRoute(APIRoute):
    """A route that accepts a form with one file. A subclass sets the maximum size, and the refusal of a larger file."""

    most_file_bytes: ClassVar[int]
    too_large: ClassVar[Callable[[], Refusal]]

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def read_and_handle(request: Request) -> Response:
            if media_type_of(request).startswith(FORM):
                # Check the token first, so that nobody without a valid token makes the service read a file into memory.
                await principal_of(request)
                request._form = await self._read(request)
            return await handle(request)

        return read_and_handle

    async def _read(self, request: Request) -> FormData:
        """Parse the form. Raises ContentEncodingUnsupported, FormUnreadable, one of UNFIT_FORMS, or `too_large`."""
        if is_encoded(request):
            raise ContentEncodingUnsupported
        declared = request.headers.get("content-length", "")
        if is_digits(declared) and int(declared) > self.most_file_bytes + MARGIN_BYTES:
            raise type(self).too_large()
        parser = _MemoryParser(request.headers, self._counted(request), max_files=2, max_fields=100)
        parser.spool_max_size = self.most_file_bytes + 2 * MARGIN_BYTES
        try:
            form = await parser.parse()
        except (MultiPartException, ClientDisconnect) as error:
            raise (OneFileOnly() if "Too many files" in str(error) else FormUnreadable()) from error
        if not parser.has_ended:
            raise FormUnreadable
        return self._one_file(form)

    async def _counted(self, request: Request) -> AsyncGenerator[bytes, None]:
        seen = 0
        async for chunk in request.stream():
            seen += len(chunk)
            if seen > self.most_file_bytes + MARGIN_BYTES:
                raise type(self).too_large()
            yield chunk

    def _one_file(self, form: FormData) -> FormData:
        """The form, with at most one file. If no file was chosen, a browser sends an empty file without a name. This
        empty file is left out.
        """
        items = [(name, value) for name, value in form.multi_items() if not _is_empty_file(value)]
        files = [(name, value) for name, value in items if isinstance(value, UploadFile)]
        if len(files) > 1:
            raise OneFileOnly
        if any(name != FILE for name, _ in files):
            raise TextExpected
        if not files and any(name == FILE for name, _ in items):
            raise FileExpected
        if any((value.size or 0) > self.most_file_bytes for _, value in files):
            raise type(self).too_large()
        return FormData(items)


def content_of(file: UploadFile) -> bytes:
    """The content of a file of the form. Unlike `read`, this makes no copy of a file in memory."""
    # UploadFile has no method that returns the buffer of a file in memory.
    buffer = getattr(file.file, "_file", None)
    if isinstance(buffer, BytesIO):
        return buffer.getvalue()
    file.file.seek(0)
    return file.file.read()


def _is_empty_file(value: UploadFile | str) -> bool:
    return isinstance(value, UploadFile) and not value.filename and not value.size
