"""Environment → typed values."""

from chassis.settings import ChassisSettings


class Settings(ChassisSettings):
    """Read from variables with the prefix `UE_`."""

    #: Base address of the protection center.
    center_url: str
    center_timeout_s: float = 15.0
    #: Our own base address, as the center reaches it for its call back.
    public_url: str
    #: Where voucher files lie: a directory, or a URL such as `s3://bucket/prefix`.
    voucher_store: str
    #: After this much silence the center is asked what became of a voucher.
    silence_s: float = 600.0
    #: How often the service looks whom to remind of a voucher that is due soon or overdue.
    reminder_interval_s: float = 60.0
