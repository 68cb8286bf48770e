"""A service shows its name, its links and its documents in a browser. Its pages load nothing from other hosts."""

import asyncio
import re

import httpx
import pytest
from fastapi import APIRouter

from chassis.app import create_app


def get(address: str, accept: str = "*/*") -> httpx.Response:
    async def one() -> httpx.Response:
        app = create_app("sample-svc", [APIRouter()], None)  # type: ignore[arg-type]
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
            return await client.get(address, headers={"Accept": accept})

    return asyncio.run(one())


def test_the_root_names_the_service_and_its_links():
    answer = get("/")
    assert answer.json()["service"] == "sample-svc"
    assert all(get(link).status_code in (200, 500) for link in answer.json()["links"].values() if "health" not in link)
    page = get("/", "text/html,*/*")
    assert page.headers["content-type"].startswith("text/html")
    assert 'href="/docs"' in page.text


def test_the_docs_take_everything_from_the_service_itself():
    page = get("/docs", "text/html")
    addresses = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(addresses) == 4
    assert all(address.startswith("/docs/") for address in addresses)
    for address in addresses:
        answer = get(address)
        assert answer.status_code == 200
        assert answer.content
    assert "'unsafe-eval'" not in page.headers["content-security-policy"]
    assert "script-src 'self';" in page.headers["content-security-policy"]
    assert "<script>" not in page.text


@pytest.mark.parametrize("name", ["redoc.standalone.js", "..%2fcore.py", "x"])
def test_no_other_file_is_served(name: str):
    answer = get(f"/docs/assets/{name}")
    assert (answer.status_code, answer.json()["code"]) == (404, "ADDRESS_UNKNOWN")


def test_the_document_is_served():
    document = get("/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    assert "/me" in document["paths"]
