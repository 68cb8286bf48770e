"""Tokens of the console: which tokens a service accepts, and how a service gets the keys with which it checks them."""

import asyncio
import base64
import hmac
import time
from typing import Any
from uuid import uuid4

import pytest
from joserfc import jws, jwt
from joserfc.jwk import OctKey, OKPKey

from chassis.domain import Unauthenticated
from chassis.identity import Principal, PublishedKeys, TokenVerifier, issue_session_token, issue_token
from chassis.identity.principal import CONSOLE_ISSUER
from chassis.identity.published_keys import FRESH_S, REFETCH_S, keys_in
from chassis.privacy import new_key_file, read_keys

KEYS = read_keys(new_key_file())
KID = "c-1"
PAIR = OKPKey.generate_key("Ed25519")
PRIVATE = PAIR.as_pem(private=True).decode()
PUBLIC: dict[str, Any] = {**PAIR.as_dict(private=False), "kid": KID}
WANG = Principal("wang", "handler", uuid4(), "王经办")


class Console:
    """Publishes `keys`, and counts how often it is asked. `away`: True if it does not answer."""

    def __init__(self, *keys: dict[str, Any]) -> None:
        self.keys = list(keys)
        self.asked = 0
        self.away = False

    async def fetch(self) -> dict[str, Any]:
        self.asked += 1
        await asyncio.sleep(0)
        if self.away:
            raise ConnectionError
        return {"keys": self.keys}


def verifier(console: Console, *, clock: Any = time.monotonic, **options: Any) -> TokenVerifier:
    return TokenVerifier(KEYS, audience="member-svc", published=PublishedKeys(console.fetch, clock=clock), **options)


def token(principal: Principal = WANG, *, audience: str = "member-svc", seconds: int = 60) -> str:
    return issue_session_token(principal, audience=audience, seconds=seconds, kid=KID, private=PRIVATE)


def signed(key: OKPKey = PAIR, **claims: Any) -> str:
    now = int(time.time())
    usual = {"iss": CONSOLE_ISSUER, "aud": "member-svc", "nbf": now, "iat": now, "exp": now + 60}
    usual |= {"sub": "wang", "role": "handler"}
    kept = {name: value for name, value in (usual | claims).items() if value is not None}
    return jwt.encode({"alg": "Ed25519", "kid": KID}, kept, key, algorithms=["Ed25519"])


async def test_a_token_of_the_console_names_the_account_of_the_session():
    assert await verifier(Console(PUBLIC)).verify(f"Bearer {token()}") == WANG
    assert (await verifier(Console(PUBLIC)).verify(f"Bearer {signed()}")).account == "wang"


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


async def refused(text: str, console: Console | None = None) -> bool:
    try:
        await verifier(console or Console(PUBLIC)).verify(f"Bearer {text}")
    except Unauthenticated:
        return True
    return False


async def test_a_token_for_another_service_is_refused():
    assert await refused(token(audience="review-svc"))
    assert await refused(signed(aud=None))
    assert await refused(signed(aud=""))
    assert await refused(signed(aud=["review-svc", "payment-svc"]))


async def test_a_token_of_another_issuer_is_refused():
    assert await refused(signed(iss="somebody-else"))
    assert await refused(signed(iss="union-enrollment"))
    assert await refused(signed(iss=None))


async def test_a_token_that_has_expired_or_is_not_valid_yet_is_refused():
    now = int(time.time())
    assert await refused(token(seconds=-10))
    assert await refused(signed(exp=None))
    assert await refused(signed(nbf=now + 60))
    assert await refused(signed(nbf=None))
    assert not await refused(signed(nbf=now + 2))


async def test_a_token_without_a_signature_is_refused():
    head, body, _ = signed().split(".")
    none = jws.serialize_compact({"alg": "none", "kid": KID}, b"{}", OctKey.generate_key(), algorithms=["none"])
    assert await refused(none)
    assert await refused(f"{none.split('.')[0]}.{body}.")
    assert await refused(f"{head}.{body}.")
    assert await refused(f"{head}.{body}")


@pytest.mark.parametrize(
    "secret", [PAIR.as_pem(private=False), str(PUBLIC["x"]).encode()], ids=["in PEM form", "as in the key set"]
)
async def test_a_token_signed_with_the_public_key_as_a_secret_is_refused(secret: bytes):
    """Algorithm confusion: everybody knows the public key, and HS256 would take it as the secret."""
    body = signed().split(".")[1]
    head = base64url(f'{{"alg":"HS256","kid":"{KID}"}}'.encode())
    mac = base64url(hmac.digest(secret, f"{head}.{body}".encode(), "sha256"))
    assert await refused(f"{head}.{body}.{mac}")


async def test_a_token_of_another_key_under_a_known_id_is_refused():
    assert await refused(signed(OKPKey.generate_key("Ed25519")))


async def test_keys_of_other_types_are_not_used():
    secret = {"kty": "oct", "k": "c2VjcmV0", "kid": "o"}
    other = {**OKPKey.generate_key("X25519").as_dict(private=False), "kid": "x"}
    assert list(keys_in({"keys": [secret, other, PUBLIC, {"kty": "RSA", "kid": "r"}]})) == [KID]


async def test_tokens_of_the_key_file_can_be_switched_off():
    text = f"Bearer {issue_token(KEYS, account='a', role='handler', scope_id=None)}"
    assert (await verifier(Console()).verify(text)).account == "a"
    with pytest.raises(Unauthenticated):
        await verifier(Console(), key_file_tokens=False).verify(text)
    assert (await verifier(Console(PUBLIC), key_file_tokens=False).verify(f"Bearer {token()}")) == WANG


async def test_without_an_address_of_keys_no_token_of_the_console_is_accepted():
    with pytest.raises(Unauthenticated):
        await TokenVerifier(KEYS, audience="member-svc").verify(f"Bearer {token()}")


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


async def test_unknown_ids_ask_the_console_at_most_once_in_ten_seconds():
    clock, console = Clock(), Console()
    keys = PublishedKeys(console.fetch, clock=clock)
    assert [await keys.find(f"made-up-{n}") for n in range(20)] == [None] * 20
    assert console.asked == 1
    console.keys = [PUBLIC]
    clock.now += REFETCH_S
    assert await keys.find(KID) is not None
    assert console.asked == 2


async def test_requests_that_come_during_the_first_fetch_wait_for_its_keys():
    console = Console(PUBLIC)
    checks = verifier(console)
    found = await asyncio.gather(*(checks.verify(f"Bearer {token()}") for _ in range(6)))
    assert found == [WANG] * 6
    assert console.asked == 1


async def test_the_last_keys_are_good_while_the_console_is_away():
    clock, console = Clock(), Console(PUBLIC)
    keys = PublishedKeys(console.fetch, clock=clock)
    assert await keys.find(KID) is not None
    console.away = True
    for _ in range(5):
        clock.now += 2 * FRESH_S
        assert await keys.find(KID) is not None
        await keys._refreshing  # type: ignore[misc]
    assert console.asked == 6


async def test_a_withdrawn_key_is_forgotten_at_the_next_fetch():
    clock, console = Clock(), Console(PUBLIC)
    keys = PublishedKeys(console.fetch, clock=clock)
    assert await keys.find(KID) is not None
    console.keys = []
    clock.now += FRESH_S
    await keys.find(KID)
    await keys._refreshing  # type: ignore[misc]
    assert await keys.find(KID) is None
