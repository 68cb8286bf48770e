"""No request body is read past a limit, whatever its Content-Length claims."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis.domain import Refusal

#: The largest body that is not an upload. A list of 100,000 ids fits into it.
MOST_JSON_BYTES = 8 * 1024 * 1024
#: The largest upload of any service, with its form around it.
MOST_UPLOAD_BYTES = 32 * 1024 * 1024


class BodyTooLarge(Refusal):
    code = "BODY_TOO_LARGE"
    status = 413
    message = "提交的内容过大，请分次提交"


class BodyLimit:
    """ASGI middleware that counts the bytes of a body while they arrive. If there are too many, the code that reads the
    body gets the exception BodyTooLarge.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        upload = headers.get(b"content-type", b"").lower().startswith(b"multipart/form-data")
        most = MOST_UPLOAD_BYTES if upload else MOST_JSON_BYTES
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > most:
                raise BodyTooLarge(most_bytes=most)
            return message

        await self._app(scope, counted, send)
