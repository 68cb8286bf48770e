"""Settings, read from environment variables."""

from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Read from variables with the prefix `UE_`. The simulator does not use Kafka."""

    model_config = SettingsConfigDict(env_prefix="UE_", extra="ignore")

    database_url: str
    key_file: Path
    http_host: str = "127.0.0.1"
    http_port: int = 8080
    #: The file that sets the business clock (`chassis.domain.clock`). Only demo stacks have it.
    clock_file: Path | None = None
    #: A file with a token of the role `center`. Without this file, the simulator makes a token itself. This needs the
    #: private key in the key file.
    center_token_file: Path | None = None
    log_level: str = "info"
