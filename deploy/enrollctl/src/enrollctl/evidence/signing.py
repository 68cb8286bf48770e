"""The key that signs evidence packs: Ed25519, used for nothing else. Services never get it."""

import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from enrollctl.errors import Failure, WrongUse
from enrollctl.evidence.canonical import digest

#: At most this many bytes of a file with a public key are read.
MOST_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class PublicKey:
    """`id`: the first 16 hexadecimal characters of the SHA-256 of the 32 bytes of the key."""

    key: Ed25519PublicKey

    @property
    def id(self) -> str:
        return digest(self.key.public_bytes(Encoding.Raw, PublicFormat.Raw))[:16]

    def pem(self) -> str:
        return self.key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    def signed(self, content: bytes, signature: bytes) -> bool:
        try:
            self.key.verify(signature, content)
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True, slots=True)
class SigningKey:
    private: Ed25519PrivateKey

    @property
    def public(self) -> PublicKey:
        return PublicKey(self.private.public_key())

    def sign(self, content: bytes) -> bytes:
        return self.private.sign(content)


def read_public_key(path: Path) -> PublicKey:
    """The public key in the file. Raises WrongUse if the file is no Ed25519 public key in PEM."""
    try:
        with path.open("rb") as file:
            key = load_pem_public_key(file.read(MOST_BYTES))
    except ValueError:
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise WrongUse(f"{path} is no Ed25519 public key in PEM; `enrollctl evidence public-key` prints one")
    return PublicKey(key)


def signing_key(path: Path) -> SigningKey:
    """The key in the file. If the file does not exist, creates it with a new key. Raises Failure for other content."""
    if not path.exists():
        _make(path)
    try:
        key = load_pem_private_key(json.loads(path.read_text())["private"].encode(), None)
    except (ValueError, KeyError, TypeError, AttributeError):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise Failure(f"{path} holds no Ed25519 key: put the file back from where the stack's keys are kept")
    return SigningKey(key)


def _make(path: Path) -> None:
    """Write a new key. If another process has created the file in the meantime, that file stays."""
    private = Ed25519PrivateKey.generate()
    content = {
        "key_id": SigningKey(private).public.id,
        "private": private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(),
        "public": SigningKey(private).public.pem(),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(content, file, indent=2)
        os.link(name, path)
    except FileExistsError:
        pass
    finally:
        Path(name).unlink()
