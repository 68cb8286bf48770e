"""The settings of status-checker, read from environment variables."""

from chassis.settings import ChassisSettings


class Settings(ChassisSettings):
    """Read from variables with the prefix `UE_`."""

    #: Base address of both registries.
    registry_url: str
    registry_timeout_s: float = 10.0
    #: Each registry gets at most this many bulk queries a second. After a time without queries, up to `registry_burst`
    #: queries can start together.
    registry_requests_per_second: float = 50.0
    registry_burst: int = 10
    #: The longest wait for the rate limit. If a worker would have to wait longer, it does not wait at all, and the job
    #: is tried again later.
    registry_patience_s: float = 5.0
    #: After `registry_failures` failures in a row, a registry gets no calls for `registry_rest_s` seconds.
    registry_failures: int = 5
    registry_rest_s: float = 5.0
