"""The objects that the routes of a running console share. A process has one object of each kind."""

from dataclasses import dataclass
from weakref import WeakKeyDictionary

from fastapi import Request

from chassis.database import Database
from chassis.runtime import Runtime
from chassis.web import address_of, runtime_of
from console.api.cookies import Cookies
from console.credentials.password_hashing import PasswordHashing
from console.settings import Settings
from console.store.sessions import Limits
from console.usecases.sign_in import Caller, SigningIn
from console.usecases.token_keys import TokenMint

#: The list of open sessions shows at most this many characters of the header `User-Agent` as the device of a session.
LONGEST_DEVICE = 200


@dataclass(frozen=True, slots=True)
class Desk:
    database: Database
    settings: Settings
    cookies: Cookies
    hashing: PasswordHashing
    signing_in: SigningIn
    limits: Limits
    mint: TokenMint


_DESKS: WeakKeyDictionary[Database, Desk] = WeakKeyDictionary()


def hashing_of(settings: Settings) -> PasswordHashing:
    return PasswordHashing(
        memory_kib=settings.argon2_memory_kib, passes=settings.argon2_passes, at_once=settings.argon2_at_once
    )


def desk_of(request: Request) -> Desk:
    runtime = runtime_of(request)
    desk = _DESKS.get(runtime.database)
    if desk is None:
        desk = _DESKS[runtime.database] = _desk(runtime)
    return desk


def caller_of(request: Request) -> Caller:
    """The browser that sent the request."""
    cookies = desk_of(request).cookies
    device = request.headers.get("user-agent", "")[:LONGEST_DEVICE].replace("\x00", "")
    return Caller(address_of(request), device, cookies.device_of(request), cookies.session_of(request))


def _desk(runtime: Runtime) -> Desk:
    settings: Settings = runtime.settings
    hashing = hashing_of(settings)
    return Desk(
        database=runtime.database,
        settings=settings,
        cookies=Cookies(is_secure=settings.public_url.startswith("https://")),
        hashing=hashing,
        signing_in=SigningIn(runtime.database, settings, hashing),
        limits=Limits(settings.session_idle_s, settings.session_absolute_s),
        mint=TokenMint(runtime.database),
    )
