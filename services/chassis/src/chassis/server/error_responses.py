"""Every error is answered in one shape: `{"code", "message", "detail"}`, without personal data."""

from collections.abc import Mapping
from typing import Any

import asyncpg
import structlog
from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.params import Form
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from chassis.domain import Invalid, Refusal, TryAgain
from chassis.resilience import describe, is_infrastructure
from chassis.server.incoming import BodyUnreadable
from chassis.validation import invalid, json_of, problems_of

log = structlog.get_logger()


class AddressUnknown(Refusal):
    code = "ADDRESS_UNKNOWN"
    status = 404
    message = "没有这个地址，请检查后重试"


class MethodNotAllowed(Refusal):
    code = "METHOD_NOT_ALLOWED"
    status = 405
    message = "该地址不支持这种请求方法，请改用接口文档所列的方法"


class FormUnreadable(Refusal):
    code = "FORM_UNREADABLE"
    status = 400
    message = "上传的表单不完整或格式有误，请重新上传"


class MediaTypeUnsupported(Refusal):
    code = "MEDIA_TYPE_UNSUPPORTED"
    status = 415
    message = "请求内容的类型（Content-Type）不受支持，请改用接口文档所列的类型"


class ContentEncodingUnsupported(Refusal):
    code = "CONTENT_ENCODING_UNSUPPORTED"
    status = 415
    message = "不支持压缩过的请求内容，请不压缩后重新发送"


class RequestUnreadable(Refusal):
    """The request is not valid HTTP. The server refuses it before the route is known."""

    code = "REQUEST_UNREADABLE"
    status = 400
    message = "请求的格式有误，请检查后重试；地址中的中文等字符须经百分号编码"


class RequestTooSlow(Refusal):
    """The rest of a request did not arrive in time. This refusal comes from the server, not from a route."""

    code = "REQUEST_TOO_SLOW"
    status = 408
    message = "提交的内容未能及时传完，请检查网络后重新提交"


class TooManyConnections(Refusal):
    """The server has more connections than its limit. This refusal comes from the server, not from a route."""

    code = "TOO_MANY_CONNECTIONS"
    status = 503
    message = "当前访问人数过多，请稍后重试"


def is_encoded(request: Request) -> bool:
    return request.headers.get("content-encoding", "identity").strip().lower() not in ("", "identity")


def media_type_of(request: Request) -> str:
    """The Content-Type header in lower case, including parameters such as `charset`."""
    return request.headers.get("content-type", "").lower()


def answer(error: Exception, request: Request) -> Response:
    """The response to a request that ended with this exception."""
    if isinstance(error, RequestValidationError):
        error = _validation_refusal(error, request)
    elif isinstance(error, HTTPException):
        error = _http_refusal(error, request)
    if isinstance(error, Refusal):
        return refusal_answer(error)
    if isinstance(error, asyncpg.DataError):
        # The types of a route's parameters refuse almost every value that does not fit a column. If such a value passes
        # these types, it is still the caller's error, not a fault of the service.
        log.warning("request_did_not_fit", message=describe(error))
        return refusal_answer(Invalid())
    if is_infrastructure(error):
        log.warning("request_put_off", message=describe(error))
        return refusal_answer(TryAgain())
    log.error("request_failed", message=describe(error))
    return json_answer(500, {"code": "INTERNAL", "message": FAILED, "detail": {}})


FAILED = "系统内部错误，本次操作未生效，请联系技术支持"


def refusal_answer(refusal: Refusal) -> Response:
    headers = {}
    if isinstance(refusal, TryAgain):
        headers["Retry-After"] = "2"
    if isinstance(refusal, MethodNotAllowed):
        headers["Allow"] = ", ".join(map(str, refusal.detail.get("allowed", ())))  # type: ignore[call-overload]
    return json_answer(
        refusal.status, {"code": refusal.code, "message": refusal.text, "detail": refusal.detail}, headers
    )


def json_answer(status: int, body: Any, headers: Mapping[str, str] | None = None) -> Response:
    return Response(json_of(body), status, dict(headers or {}), "application/json")


def _validation_refusal(error: RequestValidationError, request: Request) -> Refusal:
    """The refusal of a request that does not fit the route's types. Unlike pydantic's messages, it quotes no values."""
    errors = error.errors()
    if any(one["type"] == "json_invalid" for one in errors):
        return ContentEncodingUnsupported() if is_encoded(request) else BodyUnreadable()
    accepted = _accepted_media_type(request)
    sent = media_type_of(request)
    if accepted and any(one["loc"][:1] == ("body",) for one in errors) and _has_body(error, request):
        if accepted == FORM and not sent.startswith(FORMS):
            return MediaTypeUnsupported(expected=FORM)
        if accepted == JSON and isinstance(error.body, bytes):
            return MediaTypeUnsupported(expected=JSON)
    return invalid(problems_of(errors))


JSON, FORM = "application/json", "multipart/form-data"
FORMS = (FORM, "application/x-www-form-urlencoded")


def _accepted_media_type(request: Request) -> str | None:
    """The media type of the body that the matched route accepts; None if the route accepts no body."""
    route = request.scope.get("route")
    field = route.body_field if isinstance(route, APIRoute) else None
    if field is None:
        return None
    return FORM if isinstance(field.field_info, Form) else JSON


def _has_body(error: RequestValidationError, request: Request) -> bool:
    return bool(error.body) or request.headers.get("content-length", "0") != "0"


def _http_refusal(error: HTTPException, request: Request) -> Refusal:
    """The refusal for an HTTPException of FastAPI or Starlette. If a Refusal caused it, that Refusal is returned."""
    if isinstance(error.__cause__, Refusal):
        return error.__cause__
    if error.status_code == 404:
        return AddressUnknown()
    if error.status_code == 405:
        allowed = (error.headers or {}).get("Allow", "")
        return MethodNotAllowed(allowed=[one.strip() for one in allowed.split(",") if one.strip()])
    if is_encoded(request):
        return ContentEncodingUnsupported()
    return FormUnreadable() if media_type_of(request).startswith(FORM) else BodyUnreadable()
