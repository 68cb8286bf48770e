"""One exception handler refuses the invalid requests of all routes. All its refusals have one shape. A refusal contains
the path of the bad value, and never the value."""

import asyncio
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

import httpx
import pytest
from fastapi import APIRouter, Depends, Form, Query, UploadFile
from pydantic import BaseModel, ConfigDict, Field

from chassis.app import create_app
from chassis.server import body_limit
from chassis.validation import Code, Days, Heads, Moment, MoneyFen, RowId, Text, Version, Year
from chassis.validation.parameters import Day
from chassis.web import Paging

router = APIRouter()


class Color(StrEnum):
    RED = "red"
    BLUE = "blue"


class Thing(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Text = ""
    version: Version = 0
    heads: Heads = 0
    fee_fen: MoneyFen = 0
    day: Day | None = None
    at: Moment | None = None
    color: Color = Color.RED
    rate: float = Field(default=1, gt=0, le=10)
    anything: Any = None
    names: dict[str, Any] = Field(default_factory=dict)
    ids: list[UUID] = Field(default_factory=list, max_length=3)


class Upload(BaseModel):
    file: UploadFile
    payer: Code
    amount_fen: MoneyFen
    number: list[Code] = Field(default_factory=list)


@router.get("/things/{number}")
async def get_thing(number: RowId, page: Paging, days: Days, year: Year | None = None, tag: Code | None = None) -> str:
    return f"{days.start} {days.end} {page.offset}"


@router.get("/several")
async def get_several(several: Annotated[list[Code], Query(default_factory=list)], one: Code | None = None) -> int:
    return len(several)


@router.get("/named/{name}")
async def get_named(name: Code) -> str:
    return name


@router.post("/things")
async def post_thing(thing: Thing) -> int:
    return 1


@router.post("/uploads")
async def post_upload(form: Annotated[Upload, Form()]) -> int:
    return len(form.payer)


def broken() -> None:
    raise ValueError("示例甲 310101199003071230")


@router.get("/broken", dependencies=[Depends(broken)])
async def get_broken() -> int:
    return 1


def call(method: str, address: str, **more: Any) -> httpx.Response:
    async def one() -> httpx.Response:
        app = create_app("sample", [router], None)  # type: ignore[arg-type]
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
            return await client.request(method, address, **more)

    return asyncio.run(one())


def post(body: bytes | str, media_type: str = "application/json") -> httpx.Response:
    return call("POST", "/things", content=body, headers={"Content-Type": media_type})


def in_one_shape(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert body["code"] == code, body
    assert set(body) == {"code", "message", "detail"}
    assert any("\u4e00" <= one <= "\u9fff" for one in body["message"])
    assert isinstance(body["detail"], dict)
    detail: dict[str, Any] = body["detail"]
    return detail


@pytest.mark.parametrize(
    ("query", "where", "what"),
    [
        ("tag=a%00b", "query.tag", "zero_character"),
        ("t%00ag=a", "query.…", "zero_character"),
        ("tag=%ff", "query.tag", "encoding"),
        ("tag=%ED%A0%80", "query.tag", "encoding"),
        ("tag=" + "a" * 101, "query.tag", "string_too_long"),
        ("to=9999-12-31", "query.to", "less_than_equal"),
        ("from=0001-01-01", "query.from", "greater_than_equal"),
        ("from=2024-02-30", "query.from", "date_from_datetime_parsing"),
        ("year=99999", "query.year", "less_than_equal"),
        ("year=-1", "query.year", "greater_than_equal"),
        ("year=99999999999999999999999", "query.year", "less_than_equal"),
        ("page=99999999999999999999", "query.page", "less_than_equal"),
        ("page=9223372036854775807", "query.page", "less_than_equal"),
        ("page_size=501", "query.page_size", "less_than_equal"),
        ("page=0", "query.page", "greater_than_equal"),
        ("page=1e3", "query.page", "int_parsing"),
        ("from=0", "query.from", "date_from_datetime_parsing"),
        ("from=86400", "query.from", "date_from_datetime_parsing"),
        ("from=-86400", "query.from", "date_from_datetime_parsing"),
        ("from=2024-05-10T00:00:00", "query.from", "date_from_datetime_parsing"),
        ("from=%D9%A2024-05-10", "query.from", "date_from_datetime_parsing"),
        ("year=2024&year=2025", "query.year", "repeated"),
        ("tag=a&tag=a", "query.tag", "repeated"),
    ],
)
def test_a_query_out_of_bounds_is_told_by_place(query: str, where: str, what: str):
    [problem] = in_one_shape(call("GET", f"/things/1?{query}"), 422, "INVALID")["problems"]
    assert (problem["where"], problem["what"]) == (where, what)
    assert problem["message"]


def test_the_last_page_and_the_last_day_do_not_overflow():
    answer = call("GET", "/things/1?page=1000000000&page_size=500&from=1900-01-01&to=2199-12-31")
    assert answer.json() == "1900-01-01 00:00:00+08:05:43 2200-01-01 00:00:00+08:00 499999999500"


@pytest.mark.parametrize("number", ["9223372036854775808", "0", "-1", "1.5", "%00", "%ff"])
def test_a_row_number_is_one_that_a_database_counts(number: str):
    [problem, *_] = in_one_shape(call("GET", f"/things/{number}"), 422, "INVALID")["problems"]
    assert problem["where"].startswith("path")


def test_a_zero_character_in_a_path_is_told():
    [problem] = in_one_shape(call("GET", "/named/a%00b"), 422, "INVALID")["problems"]
    assert problem == {"where": "path.name", "what": "zero_character", "message": "不能含有空字符（U+0000），请删除"}


@pytest.mark.parametrize(
    ("body", "where", "what"),
    [
        (r'{"name": "a\u0000b"}', "body.name", "zero_character"),
        (r'{"anything": [{"a": "\u0000"}]}', "body.anything.0.a", "zero_character"),
        (r'{"anything": {"\u0000": 1}}', "body.anything", "zero_character"),
        (r'{"name": "\ud800"}', "body.name", "lone_surrogate"),
        (r'{"anything": {"\udfff": 1}}', "body.anything", "lone_surrogate"),
        ('{"anything": 1e999}', "body.anything", "number_too_large"),
        ('{"anything": 99999999999999999999}', "body.anything", "number_too_large"),
        ('{"anything": ' + "[" * 100 + "1" + "]" * 100 + "}", "body.anything" + ".0" * 31, "too_deep"),
        ('{"version": 2147483648}', "body.version", "less_than_equal"),
        ('{"heads": -1}', "body.heads", "greater_than_equal"),
        ('{"fee_fen": 10.00}', "body.fee_fen", "whole_number"),
        ('{"fee_fen": "10.00"}', "body.fee_fen", "whole_number"),
        ('{"day": "9999-12-31"}', "body.day", "less_than_equal"),
        ('{"at": "0001-01-01T00:00:00+14:00"}', "body.at", "instant_out_of_range"),
        ('{"at": "9999-12-31T23:59:59-14:00"}', "body.at", "instant_out_of_range"),
        ('{"at": 1e17}', "body.at", "datetime_parsing"),
        ('{"at": 1715300000}', "body.at", "datetime_parsing"),
        ('{"at": "1715300000.5"}', "body.at", "datetime_parsing"),
        ('{"day": 86400}', "body.day", "date_from_datetime_parsing"),
        ('{"day": 0}', "body.day", "date_from_datetime_parsing"),
        ('{"day": true}', "body.day", "date_from_datetime_parsing"),
        ('{"day": "86400"}', "body.day", "date_from_datetime_parsing"),
        ('{"rate": 0}', "body.rate", "greater_than"),
        ('{"nmae": 1}', "body.nmae", "extra_forbidden"),
        ("[]", "body", "model_attributes_type"),
        ('"text"', "body", "model_attributes_type"),
        ("null", "body", "model_attributes_type"),
        ("", "body", "missing"),
    ],
)
def test_a_body_out_of_bounds_is_told_by_place(body: str, where: str, what: str):
    [problem, *_] = in_one_shape(post(body), 422, "INVALID")["problems"]
    assert (problem["where"], problem["what"]) == (where, what)
    assert any("\u4e00" <= one <= "\u9fff" for one in problem["message"])


@pytest.mark.parametrize(
    "body",
    ["{", "{'a': 1}", '{"anything": NaN}', '{"anything": -Infinity}', "[" * 100_000, '{"version": ' + "1" * 5000 + "}"],
)
def test_what_is_no_json_is_said_to_be_none(body: str):
    in_one_shape(post(body), 400, "BODY_UNREADABLE")


def test_a_body_in_another_encoding_is_no_json():
    in_one_shape(post('{"name": "示例"}'.encode("gb18030")), 400, "BODY_UNREADABLE")


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", "application/xml", ""])
def test_another_media_type_is_told_which_one_is_taken(media_type: str):
    assert in_one_shape(post('{"name": "a"}', media_type), 415, "MEDIA_TYPE_UNSUPPORTED") == {
        "expected": "application/json"
    }


def test_json_for_a_form_is_told_so():
    answer = call("POST", "/uploads", json={"payer": "a"})
    assert in_one_shape(answer, 415, "MEDIA_TYPE_UNSUPPORTED") == {"expected": "multipart/form-data"}


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (b"--b\r\nno header", "multipart/form-data; boundary=b"),
        (b"anything", "multipart/form-data"),
        (b"--b\r\nContent-Disposition: form-data\r\n\r\na\r\n--b--", "multipart/form-data; boundary=b"),
    ],
)
def test_a_broken_form_is_answered_in_the_same_shape(content: bytes, media_type: str):
    answer = call("POST", "/uploads", content=content, headers={"Content-Type": media_type})
    assert answer.status_code in (400, 422)
    in_one_shape(answer, answer.status_code, {400: "FORM_UNREADABLE", 422: "INVALID"}[answer.status_code])


def test_fields_and_file_names_of_a_form_are_looked_at():
    answer = call("POST", "/uploads", data={"payer": "a\x00b", "amount_fen": "1"}, files={"file": ("a.pdf", b"%PDF")})
    [problem] = in_one_shape(answer, 422, "INVALID")["problems"]
    assert (problem["where"], problem["what"]) == ("body.payer", "zero_character")


def test_a_filter_that_takes_several_values_may_be_repeated():
    assert call("GET", "/several?several=a&several=b").json() == 2
    [problem] = in_one_shape(call("GET", "/several?one=a&one=b&several=a&several=b"), 422, "INVALID")["problems"]
    assert problem == {"where": "query.one", "what": "repeated", "message": "只能填写一次，请删除多余的"}


def test_a_field_of_a_form_is_filled_in_once():
    files = {"file": ("a.pdf", b"%PDF")}
    answer = call("POST", "/uploads", data={"payer": "a", "amount_fen": ["1", "2"], "number": ["1", "2"]}, files=files)
    [problem] = in_one_shape(answer, 422, "INVALID")["problems"]
    assert (problem["where"], problem["what"]) == ("body.amount_fen", "repeated")


def test_names_of_fields_are_looked_at():
    content = b'--b\r\nContent-Disposition: form-data; name="a\x00"\r\n\r\n1\r\n--b--\r\n'
    content = content.replace(b"--b--", b'--b\r\nContent-Disposition: form-data; name="payer"\r\n\r\n1\r\n--b--')
    content = content.replace(b"--b--", b'--b\r\nContent-Disposition: form-data; name="amount_fen"\r\n\r\n1\r\n--b--')
    file = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n1\r\n--b--'
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    answer = call("POST", "/uploads", content=content.replace(b"--b--", file), headers=headers)
    [problem] = in_one_shape(answer, 422, "INVALID")["problems"]
    assert (problem["where"], problem["what"]) == ("body", "zero_character")


@pytest.mark.parametrize("media_type", ["Application/JSON", "application/vnd.thing+Json; charset=utf-8"])
def test_the_case_of_a_media_type_does_not_matter(media_type: str):
    [problem] = in_one_shape(post(r'{"anything": "\u0000"}', media_type), 422, "INVALID")["problems"]
    assert problem["what"] == "zero_character"


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br"])
def test_a_compressed_body_is_told_to_come_as_it_is(encoding: str):
    headers = {"Content-Type": "application/json", "Content-Encoding": encoding}
    in_one_shape(call("POST", "/things", content=b"\x1f\x8b\x08", headers=headers), 415, "CONTENT_ENCODING_UNSUPPORTED")
    headers["Content-Encoding"] = "identity"
    assert call("POST", "/things", content=b"{}", headers=headers).status_code == 200


def test_a_body_that_is_too_large_is_refused_by_size(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(body_limit, "MOST_JSON_BYTES", 100)
    monkeypatch.setattr(body_limit, "MOST_UPLOAD_BYTES", 200)
    assert in_one_shape(post('{"name": "' + "a" * 200 + '"}'), 413, "BODY_TOO_LARGE") == {"most_bytes": 100}
    answer = call("POST", "/uploads", data={"payer": "a"}, files={"file": ("a.pdf", b"a" * 300)})
    assert in_one_shape(answer, 413, "BODY_TOO_LARGE") == {"most_bytes": 200}


def test_unknown_addresses_and_methods_answer_in_the_same_shape():
    in_one_shape(call("GET", "/nowhere"), 404, "ADDRESS_UNKNOWN")
    in_one_shape(call("GET", "/things/1/"), 404, "ADDRESS_UNKNOWN")
    answer = call("DELETE", "/things/1")
    assert in_one_shape(answer, 405, "METHOD_NOT_ALLOWED") == {"allowed": ["GET"]}
    assert answer.headers["allow"] == "GET"


def test_a_header_that_decides_something_is_told_once():
    headers = [("Idempotency-Key", "a"), ("Idempotency-Key", "b"), ("Content-Type", "application/json")]
    answer = call("POST", "/things", content=b"{}", headers=headers)
    assert in_one_shape(answer, 400, "HEADER_REPEATED") == {"header": "idempotency-key"}


def test_a_fault_of_the_service_is_answered_in_the_same_shape_and_quotes_nothing():
    in_one_shape(call("GET", "/broken"), 500, "INTERNAL")
    assert "示例甲" not in call("GET", "/broken").text


def test_an_enum_and_a_bound_are_told_with_what_is_allowed():
    body = post('{"color": "王小明", "rate": 11, "version": -1, "ids": ["a"]}').json()
    messages = {one["where"]: one["message"] for one in body["detail"]["problems"]}
    assert messages["body.color"] == "不是可用的值，可选：red、blue"
    assert messages["body.rate"] == "不能大于10，请修改"
    assert messages["body.version"] == "不能小于0，请修改"
    assert messages["body.ids.0"].startswith("须为UUID")
    assert body["message"] == "提交的内容有误：version 不能小于0，请修改（另有3处）"
    assert "王小明" not in str(body)


def test_a_key_that_the_caller_made_up_is_not_told():
    body = post(r'{"names": {"王小明": "\u0000"}, "李小红": 1}').json()
    assert body["detail"]["problems"][0]["where"] == "body.names.…"
    assert "王小明" not in str(body)
    assert "李小红" not in str(post('{"李小红": 1}').json())
