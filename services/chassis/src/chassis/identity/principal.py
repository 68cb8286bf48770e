"""The caller of a request, as its signed token states it: account, role and node in the tree."""

import time
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from chassis.domain import Unauthenticated
from chassis.privacy import Keys

ISSUER = "union-enrollment"
ALGORITHMS = ["EdDSA", "Ed25519"]
LONGEST_CLAIM = 200
SESSION_ENDED = "登录已失效，请重新登录"


@dataclass(frozen=True, slots=True)
class Principal:
    account: str
    role: str
    scope_id: UUID | None
    name: str | None = None


class TokenVerifier:
    def __init__(self, keys: Keys) -> None:
        self._kid = keys.token_kid
        self._key = OKPKey.import_key(keys.token_public)
        self._claims = jwt.JWTClaimsRegistry(
            now=lambda: int(time.time()),
            iss={"essential": True, "value": ISSUER},
            exp={"essential": True},
            sub={"essential": True},
            role={"essential": True},
        )

    def verify(self, authorization: str | None) -> Principal:
        """Raises Unauthenticated for a token that is missing, malformed, expired, or not signed with our key."""
        if not authorization or not authorization.startswith("Bearer "):
            raise Unauthenticated
        try:
            token = jwt.decode(authorization.removeprefix("Bearer "), self._key, algorithms=ALGORITHMS)
            if token.header.get("kid") != self._kid:
                raise Unauthenticated(SESSION_ENDED)
            self._claims.validate(token.claims)
            return _principal(token.claims)
        except (JoseError, ValueError, TypeError, OverflowError, RecursionError) as error:
            raise Unauthenticated(SESSION_ENDED) from error


def _principal(claims: dict[str, Any]) -> Principal:
    """Check that the claims are usable texts, because the signature only proves who wrote them. Raises ValueError."""
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
    """Sign a token. Raises ValueError if the key file has no private key."""
    if keys.token_private is None:
        raise ValueError("this key file holds no private token key")
    now = int(time.time())
    claims = {"iss": ISSUER, "sub": account, "role": role, "iat": now, "exp": now + int(hours * 3600)}
    if scope_id:
        claims["scope"] = str(scope_id)
    if name:
        claims["name"] = name
    header = {"alg": "Ed25519", "kid": keys.token_kid}
    return jwt.encode(header, claims, OKPKey.import_key(keys.token_private), algorithms=ALGORITHMS)
