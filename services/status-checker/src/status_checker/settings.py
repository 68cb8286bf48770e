"""The settings of status-checker, read from environment variables."""

from chassis.settings import ChassisSettings


class Settings(ChassisSettings):
    """Read from variables with the prefix `UE_`."""

    #: Base address of both registries.
    registry_url: str
    registry_timeout_s: float = 10.0
    #: Bulk queries a second to each registry, and how many at once after a pause.
    registry_requests_per_second: float = 50.0
    registry_burst: int = 10
    #: How long a worker waits for a token before it puts the job off.
    registry_patience_s: float = 5.0
    #: Failures in a row that open a registry's circuit, and how long it then stays open.
    registry_failures: int = 5
    registry_rest_s: float = 5.0
