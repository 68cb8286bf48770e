"""The caller of a request, as its signed token states it: account, role and node in the tree."""

import time
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from chassis.domain import Unauthenticated
from chassis.identity.published_keys import PublishedKeys
from chassis.privacy import Keys

#: The issuer of tokens that are signed with the key file.
ISSUER = "union-enrollment"
#: The issuer of tokens that are signed with a key of the console.
CONSOLE_ISSUER = "union-enrollment-console"
#: Only tokens that are signed with these algorithms are accepted. A token that names `none` or an HMAC is refused,
#: whatever key it names.
ALGORITHMS = ["EdDSA", "Ed25519"]
LONGEST_CLAIM = 200
#: The accepted difference between the clocks of two machines.
LEEWAY_S = 5
SESSION_ENDED = "登录已失效，请重新登录"


@dataclass(frozen=True, slots=True)
class Principal:
    account: str
    role: str
    scope_id: UUID | None
    name: str | None = None


class TokenVerifier:
    """Accepts tokens that are signed with the key file, and tokens of the console for the service `audience`.

    `key_file_tokens`: whether tokens of the key file are accepted. `published`: the console's keys; None = tokens of
    the console are not accepted.
    """

    def __init__(
        self,
        keys: Keys,
        *,
        audience: str = "",
        key_file_tokens: bool = True,
        published: PublishedKeys | None = None,
    ) -> None:
        self._kid = keys.token_kid if key_file_tokens else None
        self._key = OKPKey.import_key(keys.token_public)
        self.published = published
        required: dict[str, Any] = {"exp": {"essential": True}, "sub": {"essential": True}, "role": {"essential": True}}
        self._claims = jwt.JWTClaimsRegistry(now=_now, iss={"essential": True, "value": ISSUER}, **required)
        self._console_claims = jwt.JWTClaimsRegistry(
            now=_now,
            leeway=LEEWAY_S,
            iss={"essential": True, "value": CONSOLE_ISSUER},
            aud={"essential": True, "value": audience},
            nbf={"essential": True},
            **required,
        )

    async def verify(self, authorization: str | None) -> Principal:
        """Raises Unauthenticated for a token that is missing, malformed, expired, for another service, or not signed
        with one of our keys.
        """
        if not authorization or not authorization.startswith("Bearer "):
            raise Unauthenticated
        try:
            return await self._principal(authorization.removeprefix("Bearer "))
        except (JoseError, ValueError, TypeError, OverflowError, RecursionError) as error:
            raise Unauthenticated(SESSION_ENDED) from error

    async def _principal(self, text: str) -> Principal:
        kid = jws.extract_compact(text.encode()).headers().get("kid")
        if not kid or not isinstance(kid, str):
            raise Unauthenticated(SESSION_ENDED)
        if kid == self._kid:
            key, claims = self._key, self._claims
        else:
            key, claims = await self._console_key(kid), self._console_claims
        token = jwt.decode(text, key, algorithms=ALGORITHMS)
        claims.validate(token.claims)
        return _principal(token.claims)

    async def _console_key(self, kid: str) -> OKPKey:
        key = await self.published.find(kid) if self.published else None
        if key is None:
            raise Unauthenticated(SESSION_ENDED)
        return key


def _now() -> int:
    return int(time.time())


def _principal(claims: dict[str, Any]) -> Principal:
    """Check that the claims are usable texts. The signature proves only who wrote them. Raises ValueError."""
    account, role = _word(claims["sub"]), _word(claims["role"])
    scope, name = (None if claims.get(one) is None else _word(claims[one]) for one in ("scope", "name"))
    return Principal(account, role, UUID(scope) if scope else None, name)


def _word(claim: Any) -> str:
    """Return the claim. Raises ValueError if it is no text, too long, or a text that PostgreSQL cannot store."""
    if not isinstance(claim, str) or len(claim) > LONGEST_CLAIM or "\x00" in claim:
        raise ValueError("a claim of the token is no text, or a text that cannot be stored")
    claim.encode()
    return claim


def issue_token(
    keys: Keys, *, account: str, role: str, scope_id: UUID | None, hours: float = 12, name: str | None = None
) -> str:
    """Sign a token with the key file. Raises ValueError if the file has no private key."""
    if keys.token_private is None:
        raise ValueError("this key file holds no private token key")
    now = _now()
    claims = {"iss": ISSUER, "iat": now, "exp": now + int(hours * 3600)}
    return _signed(claims, Principal(account, role, scope_id, name), keys.token_kid, keys.token_private)


def issue_session_token(principal: Principal, *, audience: str, seconds: int, kid: str, private: str) -> str:
    """Sign a token of the console. The token is valid for `seconds`, and only the service `audience` accepts it.

    A service accepts the token up to `LEEWAY_S` longer, in case the clocks differ.
    """
    now = _now()
    claims = {"iss": CONSOLE_ISSUER, "aud": audience, "iat": now, "nbf": now, "exp": now + seconds}
    return _signed(claims, principal, kid, private)


def _signed(claims: dict[str, Any], principal: Principal, kid: str, private: str) -> str:
    claims |= {"sub": principal.account, "role": principal.role}
    if principal.scope_id:
        claims["scope"] = str(principal.scope_id)
    if principal.name:
        claims["name"] = principal.name
    header = {"alg": "Ed25519", "kid": kid}
    return jwt.encode(header, claims, OKPKey.import_key(private), algorithms=ALGORITHMS)
