"""Environment → typed values."""

from chassis.settings import ChassisSettings


class Settings(ChassisSettings):
    """Read from variables with the prefix `UE_`."""

    #: Base address of both registries.
    registry_url: str
    registry_timeout_s: float = 10.0
    #: Bulk questions a second to each registry, and how many at once after a quiet while.
    registry_requests_per_second: float = 50.0
    registry_burst: int = 10
    #: How long a worker waits for its turn before it puts the part off.
    registry_patience_s: float = 5.0
    #: Failures in a row that open a registry's circuit, and how long it then rests.
    registry_failures: int = 5
    registry_rest_s: float = 5.0
