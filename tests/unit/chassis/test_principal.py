"""A valid signature proves who wrote the claims, not that the claims are valid text."""

import json
import time
from typing import Any
from uuid import uuid4

import pytest
from joserfc import jws
from joserfc.jwk import OKPKey

from chassis.domain import Unauthenticated
from chassis.identity import TokenVerifier, issue_token
from chassis.identity.principal import ALGORITHMS, ISSUER
from chassis.privacy import new_key_file, read_keys

KEYS = read_keys(new_key_file())
CLAIMS: dict[str, Any] = {"iss": ISSUER, "sub": "handler-1", "role": "handler", "exp": int(time.time()) + 3600}


def signed(claims: dict[str, Any], kid: str | None = KEYS.token_kid) -> str:
    header = {"alg": "Ed25519"} | ({"kid": kid} if kid else {})
    assert KEYS.token_private is not None
    key = OKPKey.import_key(KEYS.token_private)
    return "Bearer " + jws.serialize_compact(header, json.dumps(claims).encode(), key, algorithms=ALGORITHMS)


async def test_a_token_of_words_is_somebody():
    scope = uuid4()
    token = issue_token(KEYS, account="a", role="handler", scope_id=scope)
    principal = await TokenVerifier(KEYS).verify(f"Bearer {token}")
    assert (principal.account, principal.role, principal.scope_id) == ("a", "handler", scope)
    assert (await TokenVerifier(KEYS).verify(signed(CLAIMS))).scope_id is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"scope": 1}, {"scope": ["a"]}, {"scope": "a"}, {"scope": {}}, {"scope": True}, {"scope": 0}, {"scope": []},
        {"sub": 1}, {"sub": ""}, {"sub": "a\x00b"}, {"sub": "a" * 201}, {"sub": "\ud800"}, {"sub": None},
        {"role": 1}, {"role": ["handler"]}, {"role": None}, {"role": {"a": 1}}, {"name": 5}, {"name": "\x00"},
        {"exp": "soon"}, {"exp": None}, {"exp": []}, {"exp": 1}, {"iss": 1}, {"iss": "another"},
        {"nbf": "later"}, {"iat": "x"},
    ],
)  # fmt: skip
async def test_claims_that_are_no_words_are_nobody(wrong: dict[str, Any]):
    with pytest.raises(Unauthenticated):
        await TokenVerifier(KEYS).verify(signed(CLAIMS | wrong))


@pytest.mark.parametrize("kid", ["another", "", None])
async def test_a_token_under_another_key_id_is_nobodys(kid: str | None):
    with pytest.raises(Unauthenticated):
        await TokenVerifier(KEYS).verify(signed(CLAIMS, kid))


@pytest.mark.parametrize("sent", [None, "", "Bearer ", "Bearer a.b", "Bearer a.b.c", "Basic YTpi", "Bearer \xff.é.ü"])
async def test_what_is_no_token_is_nobody(sent: str | None):
    with pytest.raises(Unauthenticated):
        await TokenVerifier(KEYS).verify(sent)
