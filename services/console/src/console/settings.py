"""The settings of the console, read from environment variables."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field
from pydantic_settings import NoDecode

from chassis.settings import ChassisSettings


def _addresses(given: Any) -> Any:
    """Turn pairs such as `member-svc=http://…`, separated by spaces, into a mapping.

    Raises ValueError for a word that is not of the form `name=address`.
    """
    if not isinstance(given, str):
        return given
    pairs = [word.partition("=") for word in given.split()]
    if wrong := [name for name, sign, url in pairs if not (name and sign and url)]:
        raise ValueError(f"not of the form name=address: {', '.join(wrong)}")
    return {name: url.rstrip("/") for name, _, url in pairs}


class Settings(ChassisSettings):
    """Read from variables with the prefix `UE_`."""

    #: The address at which browsers reach the console. With `https`, cookies are sent over TLS only.
    public_url: str
    #: The services behind the gateway, as pairs `name=address`, separated by spaces. The gateway forwards requests only
    #: to these addresses.
    services: Annotated[dict[str, str], NoDecode, BeforeValidator(_addresses)]
    #: The gateway waits this long for the next piece of a service's answer.
    gateway_timeout_s: float = Field(default=60.0, gt=0)
    #: A session ends after this time without a request.
    session_idle_s: float = Field(default=1800.0, gt=0)
    #: A session ends after this time, even if it is in use.
    session_absolute_s: float = Field(default=12 * 3600.0, gt=0)
    #: Settings of argon2id. OWASP recommends at least 46 MiB with one pass. The console makes two passes.
    argon2_memory_kib: int = Field(default=47_104, ge=8)
    argon2_passes: int = Field(default=2, ge=1)
    #: How many passwords a replica hashes at the same time. Each hash takes `argon2_memory_kib` of memory.
    argon2_at_once: int = Field(default=2, ge=1)
    #: An account is locked out after `failures_of_account` failed sign-ins within `failures_window_s` seconds. An
    #: address is locked out after `failures_from_address` failed sign-ins of all accounts together.
    failures_of_account: int = Field(default=6, ge=1)
    failures_from_address: int = Field(default=60, ge=1)
    failures_window_s: float = Field(default=900.0, gt=0)
    captcha_s: float = Field(default=180.0, gt=0)
    #: An address can have at most this many captchas that nobody has answered yet.
    captchas_of_address: int = Field(default=60, ge=1)
    #: The age at which a token key gets a successor.
    key_age_s: float = Field(default=90 * 86_400.0, gt=0)
    #: A new token key is published this long before it signs, so that every service fetches the key in time.
    key_lead_s: float = Field(default=300.0, ge=0)
    #: The seconds between two runs of the job that replaces token keys and deletes old rows.
    upkeep_interval_s: float = Field(default=60.0, gt=0)
    #: How many days sessions and known devices are kept after their last use.
    keep_sessions_days: int = Field(default=30, ge=1)
    keep_devices_days: int = Field(default=180, ge=1)
