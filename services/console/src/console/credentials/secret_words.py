"""Random secrets, and their hashes as they are stored."""

import hashlib
import hmac
import secrets

#: The characters of one-time passwords. Characters that look alike are left out, because people read one-time passwords
#: to one another on the phone.
READABLE = "abcdefghjkmnpqrstuvwxyz23456789"
ONE_TIME_CHARACTERS = 16


def new_secret() -> str:
    """256 random bits, as text for a cookie."""
    return secrets.token_urlsafe(32)


def new_one_time_password() -> str:
    """79 random bits in four groups, such as `k7qm-x2fn-…`."""
    drawn = "".join(secrets.choice(READABLE) for _ in range(ONE_TIME_CHARACTERS))
    return "-".join(drawn[at : at + 4] for at in range(0, ONE_TIME_CHARACTERS, 4))


def stored_hash(secret: str) -> bytes:
    """The hash of a secret of 256 random bits, as it is stored. It has no salt, because nobody can guess the secret."""
    return hashlib.sha256(secret.encode()).digest()


def csrf_token(session_secret: str) -> str:
    """The CSRF token of a session, which pages send in a header. It can be computed only with the session's cookie."""
    return hmac.new(session_secret.encode(), b"csrf", hashlib.sha256).hexdigest()


def is_csrf_token(session_secret: str, sent: str) -> bool:
    return hmac.compare_digest(csrf_token(session_secret).encode(), sent.encode("utf-8", "replace"))
