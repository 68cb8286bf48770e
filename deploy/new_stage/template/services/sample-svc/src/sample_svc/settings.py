"""Settings, read from environment variables."""

from chassis.settings import ChassisSettings


class Settings(ChassisSettings):
    """Read from variables with the prefix `UE_`."""
