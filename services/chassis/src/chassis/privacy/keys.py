"""The key file: keys that sign tokens, that encrypt events, that encrypt rows, and the key of the blind indexes."""

import base64
import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

Cipher = Literal["A256GCM", "SM4GCM"]
Digest = Literal["HMAC-SHA256", "HMAC-SM3"]


@dataclass(frozen=True)
class Keys:
    """All keys.

    Each key except the index key has a key id. `sealing`: the keys that encrypt events. An old one is kept as long as
    topics keep records that were encrypted for it, because these records can be read again. `storage`: the keys that
    encrypt rows. `index`: the key of the blind indexes.
    """

    token_kid: str
    token_public: str
    token_private: str | None = field(repr=False)
    sealing_algorithm: Cipher
    recipients: tuple[str, ...]
    sealing: dict[str, bytes] = field(repr=False)
    index_algorithm: Digest
    index: bytes = field(repr=False)
    storage_current: str
    storage: dict[str, bytes] = field(repr=False)


def load_keys(path: Path) -> Keys:
    """Read a key file. Raises ValueError. If the file or a field is missing, the text of the error says which."""
    try:
        return read_keys(json.loads(path.read_text()))
    except FileNotFoundError:
        raise ValueError(f"key file {path} does not exist; set UE_KEY_FILE to the mounted secret") from None
    except (KeyError, TypeError) as error:
        raise ValueError(f"key file {path}: {error} is missing or malformed") from error


def read_keys(content: dict[str, Any]) -> Keys:
    token, sealing, index, storage = (content[name] for name in ("token", "sealing", "index", "storage"))
    return Keys(
        token_kid=token["kid"],
        token_public=token["public"],
        token_private=token.get("private"),
        sealing_algorithm=sealing["algorithm"],
        recipients=tuple(sealing["recipients"]),
        sealing={kid: base64.b64decode(key) for kid, key in sealing["keys"].items()},
        index_algorithm=index["algorithm"],
        index=base64.b64decode(index["key"]),
        storage_current=storage["current"],
        storage={kid: base64.b64decode(key) for kid, key in storage["keys"].items()},
    )


def new_key_file() -> dict[str, Any]:
    """New random keys in the form of a key file, including the private token key."""
    private = Ed25519PrivateKey.generate()
    return {
        "token": {
            "kid": "t1",
            "private": private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(),
            "public": private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode(),
        },
        "sealing": {"algorithm": "A256GCM", "recipients": ["k1"], "keys": {"k1": _random_key()}},
        "index": {"algorithm": "HMAC-SHA256", "key": _random_key()},
        "storage": {"current": "s1", "keys": {"s1": _random_key()}},
    }


def _random_key() -> str:
    return base64.b64encode(os.urandom(32)).decode()
