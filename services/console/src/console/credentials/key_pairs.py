"""Makes the key pairs that sign tokens."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from joserfc.jwk import OKPKey


@dataclass(frozen=True, slots=True)
class KeyPair:
    """`private`: PEM. `public_jwk`: the public key, as a JWKS publishes it."""

    kid: str
    private: bytes
    public_jwk: dict[str, Any]


def new_key_pair() -> KeyPair:
    """A new pair of Ed25519 keys with a random id."""
    kid = f"c-{uuid4().hex[:16]}"
    key = OKPKey.generate_key("Ed25519")
    public = {name: value for name, value in key.as_dict(private=False).items() if name in ("kty", "crv", "x")}
    return KeyPair(kid, key.as_pem(private=True), public | {"kid": kid, "use": "sig", "alg": "EdDSA"})
