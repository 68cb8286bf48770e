"""Settings, read from environment variables."""

from datetime import timedelta
from functools import lru_cache

from pydantic_settings import BaseSettings, SettingsConfigDict

from chassis.settings import ChassisSettings
from contracts.words import StartRule


class Settings(ChassisSettings):
    """The settings of the process. enrollment-svc adds none to those of the chassis."""


class Rules(BaseSettings):
    """Business rules that an operator can set. They are read once, from variables with the prefix `UE_`."""

    model_config = SettingsConfigDict(env_prefix="UE_", extra="ignore", frozen=True)

    #: A submission refuses people whose statuses are older than this, and starts a check of these people (A45).
    status_max_age_days: int = 30
    #: When cover starts: on the day after the submission, or on the day after the approval (A01).
    start_rule: StartRule = StartRule.SUBMIT_NEXT_DAY
    #: Cover that starts on this date or later has the half-year fee. A half-year rate can set a different date (A03).
    half_year_from_month: int = 7
    half_year_from_day: int = 1
    #: Whether a submission is added to the batch of the same day, union, year, plan and type (A47).
    join_numbers: bool = True

    @property
    def status_max_age(self) -> timedelta:
        return timedelta(days=self.status_max_age_days)

    @property
    def half_year_from(self) -> tuple[int, int]:
        return self.half_year_from_month, self.half_year_from_day


@lru_cache(maxsize=1)
def rules() -> Rules:
    return Rules()
