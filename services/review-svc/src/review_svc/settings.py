"""Environment of review-svc."""

from chassis.settings import ChassisSettings


class Settings(ChassisSettings):
    """`center_url`: the protection center; `public_url`: where the center calls back."""

    center_url: str = "http://127.0.0.1:1"
    public_url: str = "http://127.0.0.1:1"
    #: After this much silence the center is asked.
    silence_s: float = 600.0
