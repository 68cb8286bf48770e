"""Settings, read from environment variables. A service adds its own settings in a subclass."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from chassis.server import TrustedProxies
from contracts.topics import RETENTION_DAYS


class ChassisSettings(BaseSettings):
    """Read from variables with the prefix `UE_`."""

    model_config = SettingsConfigDict(env_prefix="UE_", extra="ignore")

    database_url: str
    #: The DSN of the role that owns the tables. Set it only for `migrate`, never for a running service. The role of
    #: `database_url` then gets only the rights of a running service. So this role cannot change or delete rows of the
    #: audit log (D04).
    owner_database_url: str = ""
    kafka_bootstrap: str = ""
    http_host: str = "127.0.0.1"
    http_port: int = 8000
    #: A whole request head has to arrive within this time. For the first request of a connection, the time starts when
    #: the connection is opened. For a later request, the time starts with the first byte of the head.
    header_timeout_s: float = Field(default=10.0, gt=0)
    #: At least 4 KiB of an unfinished body have to arrive in each period of this length.
    body_timeout_s: float = Field(default=20.0, gt=0)
    #: At least 4 KiB of an unsent answer, or all of its remaining bytes, have to be sent in each period of this length.
    answer_timeout_s: float = Field(default=30.0, gt=0)
    #: If there are more connections, the server closes the idle connection whose last request began longest ago.
    most_connections: int = Field(default=1000, ge=1)
    #: Networks (CIDR, comma-separated) of proxies whose `X-Forwarded-For` is trusted. If a connection comes from an
    #: address outside these networks, this address counts as the caller's address.
    trusted_proxies: TrustedProxies = ()
    key_file: Path
    #: If true, the service accepts tokens that were signed with the key file, such as the tokens of `enrollctl token`.
    #: Set it to false in a cluster in which all people sign in at the console.
    key_file_tokens: bool = True
    #: The URL at which the console publishes the keys of its tokens. If it is empty, the service accepts no tokens of
    #: the console.
    jwks_url: str = ""
    clock_file: Path | None = None
    log_level: str = "info"
    pool_size: int = 10
    #: A consumer that sends no heartbeat for this long is removed from its group (aiokafka's default is 10 s).
    session_timeout_ms: int = 45_000
    poll_records: int = 32
    #: How often the relay reads the outbox if no commit wakes it.
    relay_interval_s: float = 1.0
    graceful_timeout_s: float = 15.0
    #: A loop is stuck if it makes no progress for this long although Kafka and PostgreSQL answer. The relay and the
    #: consumer are then restarted. If any other loop is stuck, the process ends.
    stuck_after_s: float = 60.0
    #: A statement that takes longer is canceled. The limit must be less than `stuck_after_s`. Otherwise the loop that
    #: waits for a slow statement would count as stuck before the statement is canceled.
    command_timeout_s: float = 45.0
    #: If the broker does not answer a request within this time, the request fails and its connection is closed. The
    #: time is aiokafka's default. The time must be long, because a request to join a group is answered only after the
    #: other members have finished their current polls.
    request_timeout_ms: int = 40_000
    #: A publication that the broker does not acknowledge within this time fails, and the relay creates a new producer.
    publish_timeout_s: float = 30.0
    #: A command that is repeated with the same Idempotency-Key within this time gets the stored answer.
    keep_answers_days: int = Field(default=30, ge=1)
    #: An account without the right to see full numbers can search for this many different numbers and names in a day.
    number_searches_a_day: int = Field(default=50, ge=1)
    #: At most this many of these searches can find nobody. Typing errors cause few such misses, guessing causes many.
    number_misses_a_day: int = Field(default=5, ge=1)
    #: The database keeps a notice for this time. By default, this is as long as the notice's topic keeps it.
    keep_notices_days: int = Field(default=RETENTION_DAYS, ge=1)
    #: Ended jobs and closed dead letters are kept for this time, which is longer than topics keep their records. As
    #: long as a topic keeps a record, a service can read the record again. The job or letter that the first reading
    #: has stored then prevents a second effect.
    keep_ended_days: int = Field(default=RETENTION_DAYS + 30, ge=RETENTION_DAYS)
