"""The settings of member-svc, read from environment variables."""

from chassis.settings import ChassisSettings


class Settings(ChassisSettings):
    """The settings that every service has. member-svc adds none."""
