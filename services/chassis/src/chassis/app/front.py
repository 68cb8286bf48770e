"""The pages that a service shows in a browser without a token: `/`, `/docs` and `/openapi.json`.

Swagger UI comes from the package `fastapi-offline`, so that the browser loads nothing from another server.
"""

import html
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from starlette.responses import FileResponse

from chassis.server import AddressUnknown, json_answer
from chassis.web import everybody

router = APIRouter(include_in_schema=False)

LINKS: Final = {
    "docs": "/docs",
    "openapi": "/openapi.json",
    "live": "/health/live",
    "ready": "/health/ready",
    "metrics": "/metrics",
}
PAGE: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>{head}</head><body>{body}</body></html>
"""
#: Allows only content that the service itself serves. Inline styles are allowed because Swagger UI sets them.
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
START: Final = """SwaggerUIBundle({
  url: "/openapi.json", dom_id: "#api", deepLinking: true, persistAuthorization: false, validatorUrl: null,
});
"""
ASSETS: Final = {
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui.css": "text/css",
    "favicon.png": "image/png",
}


@router.get("/", dependencies=[everybody("查看服务首页")])
async def show_service(request: Request) -> Response:
    """The service's name and the paths of its other pages: HTML for browsers, JSON for other clients."""
    app = request.app
    if "text/html" not in request.headers.get("accept", ""):
        return json_answer(200, {"service": app.title, "version": app.version, "links": LINKS})
    links = "".join(f'<li><a href="{address}">{address}</a></li>' for address in LINKS.values())
    return _page(app.title, "", f"<h1>{html.escape(app.title)}</h1><ul>{links}</ul>")


@router.get("/openapi.json", dependencies=[everybody("查看接口文档")])
def show_document(request: Request) -> Response:
    """This function is not `async`, so that FastAPI runs it in a thread. The reason is the first call, which takes
    about 1 s to build the document.
    """
    document: dict[str, Any] = request.app.openapi()
    return json_answer(200, document)


@router.get("/docs", dependencies=[everybody("查看接口文档")])
async def show_docs(request: Request) -> Response:
    """The API document, to read and to try out."""
    head = (
        '<link rel="stylesheet" href="/docs/assets/swagger-ui.css">'
        '<link rel="icon" type="image/png" href="/docs/assets/favicon.png">'
    )
    scripts = ('<script src="/docs/assets/swagger-ui-bundle.js"></script>', '<script src="/docs/start.js"></script>')
    return _page(f"{request.app.title} API", head, '<div id="api"></div>' + "".join(scripts))


@router.get("/docs/start.js", dependencies=[everybody("查看接口文档")])
async def start_docs() -> Response:
    return Response(START, media_type="text/javascript")


@router.get("/docs/assets/{name}", dependencies=[everybody("查看接口文档")])
async def serve_asset(name: str) -> Response:
    """Serve one of the three files that the page `/docs` uses. Raises AddressUnknown for any other name."""
    if name not in ASSETS:
        raise AddressUnknown
    headers = {"Cache-Control": "public, max-age=86400", "X-Content-Type-Options": "nosniff"}
    return FileResponse(_assets() / name, media_type=ASSETS[name], headers=headers)


def _assets() -> Path:
    spec = find_spec("fastapi_offline")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "static"


def _page(title: str, head: str, body: str) -> Response:
    headers = {"Content-Security-Policy": POLICY, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
    return Response(
        PAGE.format(title=html.escape(title), head=head, body=body), media_type="text/html", headers=headers
    )
