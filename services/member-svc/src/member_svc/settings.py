"""The settings of member-svc, read from environment variables."""

from chassis.settings import ChassisSettings


class Settings(ChassisSettings):
    """member-svc has the settings that every service has, and no others."""
