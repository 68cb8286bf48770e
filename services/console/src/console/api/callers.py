"""Finds out who calls: the account of the session whose cookie the browser sent, or the account of a token."""

from urllib.parse import urlsplit

from fastapi import Request

from chassis.domain import Unauthenticated
from chassis.web import refuses
from console.api.desk import desk_of
from console.credentials.secret_words import is_csrf_token, stored_hash
from console.domain.sessions import ForeignRequest, PasswordChangeRequired, Session
from console.store import sessions as store
from console.usecases.recording import principal_of

SESSION_ENDED = "登录已失效，请重新登录"
CSRF_HEADER = "x-csrf-token"
#: The methods that change nothing. A page of another site can cause such a request, but cannot read the answer.
SAFE = ("GET", "HEAD", "OPTIONS")
#: The values of the header `Sec-Fetch-Site` in requests that a page of the console or the user caused.
OWN_SITE = ("same-origin", "none")


async def session_of(request: Request) -> Session:
    """The session of the request's cookie. Raises Unauthenticated if there is no open session.

    Raises ForeignRequest if a request that can change something comes from another site, or has no valid CSRF token.
    """
    known: Session | None = getattr(request.state, "session", None)
    if known is not None:
        return known
    if not request.cookies:
        raise Unauthenticated
    desk = desk_of(request)
    secret = desk.cookies.session_of(request)
    if secret is None:
        raise Unauthenticated
    token_hash = stored_hash(secret)
    async with desk.database.read() as connection:
        found = await store.find_session(connection, desk.database.tools.row_cipher, token_hash, desk.limits)
    if found is None:
        raise Unauthenticated(SESSION_ENDED)
    session, is_stale = found
    refuse_foreign(request)
    if request.method not in SAFE and not is_csrf_token(secret, request.headers.get(CSRF_HEADER, "")):
        raise ForeignRequest
    if is_stale:
        async with desk.database.connection() as connection:
            await store.touch_session(connection, session.session_id)
    request.state.session = session
    request.state.principal = principal_of(session)
    return session


def refuse_foreign(request: Request) -> None:
    """Raises ForeignRequest if the request can change something, and a page of another site caused it.

    The browser says so in the header `Origin` or `Sec-Fetch-Site`. A program that is not a browser sends neither of
    these headers, and has no cookie that another site could misuse.
    """
    if request.method in SAFE:
        return
    origin, site = request.headers.get("origin"), request.headers.get("sec-fetch-site")
    own_hosts = {request.headers.get("host", ""), urlsplit(desk_of(request).settings.public_url).netloc}
    if origin is not None and urlsplit(origin).netloc not in own_hosts:
        raise ForeignRequest
    if site is not None and site not in OWN_SITE:
        raise ForeignRequest


@refuses(Unauthenticated)
async def by_session_or_token(request: Request) -> None:
    """Require a session, unless the request has a token. The token is checked as in every other service.

    Raises PasswordChangeRequired if the session's account still has a one-time password.
    """
    if request.headers.get("authorization") is None and (await session_of(request)).must_change_password:
        raise PasswordChangeRequired


@refuses(Unauthenticated)
async def by_session(request: Request) -> None:
    """Like `by_session_or_token`, but a request with a token is refused, because the route needs a session."""
    if request.headers.get("authorization") is not None:
        raise Unauthenticated
    if (await session_of(request)).must_change_password:
        raise PasswordChangeRequired


@refuses(Unauthenticated)
async def by_session_with_any_password(request: Request) -> None:
    """Like `by_session`, but the account is allowed to have a one-time password.

    So the holder of the account can look at it, change the password and sign out.
    """
    if request.headers.get("authorization") is not None:
        raise Unauthenticated
    await session_of(request)
