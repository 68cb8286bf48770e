"""The settings of review-svc, read from environment variables."""

from chassis.settings import ChassisSettings


class Settings(ChassisSettings):
    """`center_url`: the address of the protection center. `public_url`: the address to which the center calls back."""

    center_url: str = "http://127.0.0.1:1"
    public_url: str = "http://127.0.0.1:1"
    #: After this many seconds without a decision, the service asks the center about the submission.
    silence_s: float = 600.0
