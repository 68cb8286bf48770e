"""The two cookies of a browser.

The session cookie identifies the session. By the device cookie, the console recognizes a browser from which an account
has signed in before.
"""

from fastapi import Request, Response

from console.usecases.sign_in import SignedIn

DEVICE_S = 180 * 86_400
#: A cookie with a longer value is not from the console.
LONGEST = 100


class Cookies:
    """Reads and sets the two cookies.

    If browsers reach the console over TLS, the names of the cookies begin with `__Host-`. A browser accepts a cookie
    with such a name only from this host, over TLS and for all paths. So no other host of the domain can replace it.
    """

    def __init__(self, *, is_secure: bool) -> None:
        prefix = "__Host-" if is_secure else "ue-"
        self._is_secure = is_secure
        self._session, self._device = f"{prefix}session", f"{prefix}device"

    def session_of(self, request: Request) -> str | None:
        return _value(request, self._session)

    def device_of(self, request: Request) -> str | None:
        return _value(request, self._device)

    def set_both(self, response: Response, signed_in: SignedIn) -> None:
        """Set both cookies. The session's cookie lasts until the browser is closed.

        If the session is idle for too long, the console ends the session before the browser is closed.
        """
        self._set(response, self._session, signed_in.session_secret, None)
        self._set(response, self._device, signed_in.device_secret, DEVICE_S)

    def clear_session(self, response: Response) -> None:
        response.delete_cookie(self._session, path="/", secure=self._is_secure, httponly=True, samesite="lax")

    def _set(self, response: Response, name: str, value: str, max_age: int | None) -> None:
        response.set_cookie(
            name, value, max_age=max_age, path="/", secure=self._is_secure, httponly=True, samesite="lax"
        )


def _value(request: Request, name: str) -> str | None:
    value = request.cookies.get(name, "")
    return value if 0 < len(value) <= LONGEST and value.isascii() else None
