"""Authenticated encryption: AES-256-GCM by default, SM4-GCM by setting (docs/formulas.md)."""

from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

TAG_BYTES = 16
NONCE_BYTES = 12
SM4_KEY_BYTES = 16


class Unreadable(ValueError):
    """The block cannot be decrypted: wrong key, wrong associated data or altered bytes."""


def encrypt(algorithm: str, key: bytes, nonce: bytes, plaintext: bytes, associated: bytes) -> bytes:
    """Ciphertext with the 16-byte tag at its end."""
    if algorithm == "A256GCM":
        return _aes(key).encrypt(nonce, plaintext, associated)
    encryptor = Cipher(algorithms.SM4(key[:SM4_KEY_BYTES]), modes.GCM(nonce)).encryptor()
    encryptor.authenticate_additional_data(associated)
    return encryptor.update(plaintext) + encryptor.finalize() + encryptor.tag


def decrypt(algorithm: str, key: bytes, nonce: bytes, ciphertext: bytes, associated: bytes) -> bytes:
    """The plaintext. Raises Unreadable."""
    try:
        if algorithm == "A256GCM":
            return _aes(key).decrypt(nonce, ciphertext, associated)
        body, tag = ciphertext[:-TAG_BYTES], ciphertext[-TAG_BYTES:]
        decryptor = Cipher(algorithms.SM4(key[:SM4_KEY_BYTES]), modes.GCM(nonce, tag)).decryptor()
        decryptor.authenticate_additional_data(associated)
        return decryptor.update(body) + decryptor.finalize()
    except (InvalidTag, ValueError) as error:
        raise Unreadable("sealed data cannot be decrypted") from error


@lru_cache(maxsize=8)
def _aes(key: bytes) -> AESGCM:
    """Cached, because one key encrypts many people in a row, and making the cipher took twice as long as its use."""
    return AESGCM(key)
