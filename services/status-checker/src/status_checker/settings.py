"""The settings of status-checker, read from environment variables."""

from chassis.settings import ChassisSettings


class Settings(ChassisSettings):
    """Read from variables with the prefix `UE_`."""

    #: Base address of both registries.
    registry_url: str
    registry_timeout_s: float = 10.0
    #: Bulk queries a second to each registry, and how many may start at once after a time without queries.
    registry_requests_per_second: float = 50.0
    registry_burst: int = 10
    #: The longest wait for the rate limit. If a worker would have to wait longer, it does not wait at all, and the job
    #: is tried again later.
    registry_patience_s: float = 5.0
    #: After how many failures in a row a registry gets no calls for a time, and how long this time is.
    registry_failures: int = 5
    registry_rest_s: float = 5.0
