"""Environment → typed values. A service subclasses this for what it alone needs."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from chassis.server import TrustedProxies
from contracts.topics import RETENTION_DAYS


class ChassisSettings(BaseSettings):
    """Read from variables with the prefix `UE_`."""

    model_config = SettingsConfigDict(env_prefix="UE_", extra="ignore")

    database_url: str
    #: For `migrate` alone: the DSN of the role that owns the tables. The role of `database_url` then gets the rights of
    #: a running service, which cannot change or remove acts (D04). A running service is not told it.
    owner_database_url: str = ""
    kafka_bootstrap: str = ""
    http_host: str = "127.0.0.1"
    http_port: int = 8000
    #: A request head has to be there this long after the connection or its first byte.
    header_timeout_s: float = Field(default=10.0, gt=0)
    #: In each such period at least 4 KiB of an unfinished body have to arrive.
    body_timeout_s: float = Field(default=20.0, gt=0)
    #: In each such period at least 4 KiB of an answer that waits for its client have to be sent, or all that is left.
    answer_timeout_s: float = Field(default=30.0, gt=0)
    #: Beyond this number, the connection that has waited longest without a request in hand is closed.
    most_connections: int = Field(default=1000, ge=1)
    #: Networks (CIDR, comma-separated) whose `X-Forwarded-For` is believed. Without any, the peer is the caller.
    trusted_proxies: TrustedProxies = ()
    key_file: Path
    clock_file: Path | None = None
    log_level: str = "info"
    pool_size: int = 10
    #: A member that is silent for this long is out of the group (aiokafka's default is 10 s).
    session_timeout_ms: int = 45_000
    poll_records: int = 32
    relay_interval_s: float = 0.02
    graceful_timeout_s: float = 15.0
    #: A loop that has not ticked for this long, while nothing outside is failing, is mended or ends the process.
    stuck_after_s: float = 60.0
    #: A statement that takes longer is given up; less than `stuck_after_s`, or its loop would be taken for stuck.
    command_timeout_s: float = 45.0
    #: A request to the broker that takes longer is given up, and its connection too (aiokafka's default). Joining a
    #: group is such a request and waits for the polls that the other members have in hand.
    request_timeout_ms: int = 40_000
    #: A publication that the broker has not acknowledged by then is given up, and so is its producer.
    publish_timeout_s: float = 30.0
    #: An act repeated with its Idempotency-Key is answered from what is stored for so long.
    keep_answers_days: int = Field(default=30, ge=1)
    #: Searches by a full number or name of an account that may reveal none, for different ones, and those of them that
    #: find nobody: a mistyped number is a few of them, a guessed one many.
    number_searches_a_day: int = Field(default=50, ge=1)
    number_misses_a_day: int = Field(default=5, ge=1)
    #: Notices stay with their recipients as long as on their topics.
    keep_notices_days: int = Field(default=RETENTION_DAYS, ge=1)
    #: Ended requests and closed dead letters are what keeps a record that is read again from being acted on again, so
    #: they outlive the topics.
    keep_ended_days: int = Field(default=RETENTION_DAYS + 30, ge=RETENTION_DAYS)
