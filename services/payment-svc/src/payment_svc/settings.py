"""The settings of payment-svc, read from environment variables."""

from chassis.settings import ChassisSettings


class Settings(ChassisSettings):
    """Read from variables with the prefix `UE_`."""

    #: Base address of the protection center.
    center_url: str
    center_timeout_s: float = 15.0
    #: The base address of this service, to which the center sends its callbacks.
    public_url: str
    #: Where voucher files are stored: a directory, or a URL such as `s3://bucket/prefix`.
    voucher_store: str
    #: If the center has not decided this many seconds after a voucher was sent, the service asks the center about it.
    silence_s: float = 600.0
    #: The seconds between two searches for dues whose last day to pay is near or has passed.
    reminder_interval_s: float = 60.0
