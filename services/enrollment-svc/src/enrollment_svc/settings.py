"""Environment → typed values."""

from datetime import timedelta
from functools import lru_cache

from pydantic_settings import BaseSettings, SettingsConfigDict

from chassis.settings import ChassisSettings
from contracts.words import StartRule


class Settings(ChassisSettings):
    """What the process needs to run; it needs nothing beyond the chassis."""


class Rules(BaseSettings):
    """Trade rules that an operator may set, read from `UE_…` once."""

    model_config = SettingsConfigDict(env_prefix="UE_", extra="ignore", frozen=True)

    #: Older statuses are refused at submission and asked again (A45).
    status_max_age_days: int = 30
    #: When cover starts: the day after the submission, or after the approval (A01).
    start_rule: StartRule = StartRule.SUBMIT_NEXT_DAY
    #: The first start that pays half, as month and day, where the rate table says nothing else (A03).
    half_year_from_month: int = 7
    half_year_from_day: int = 1
    #: A submission joins the number of the same day, union, year, plan and type (A47).
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
