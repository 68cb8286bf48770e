"""Environment → typed values."""

from chassis.settings import ChassisSettings


class Settings(ChassisSettings):
    """member-svc needs what every service needs, and nothing else."""
