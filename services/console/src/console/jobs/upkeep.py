"""The periodic job that replaces token keys, and deletes old keys, captchas, attempts, sessions and devices."""

from collections.abc import Sequence
from typing import ClassVar

from chassis.database import UnitOfWork
from console.settings import Settings
from console.store import attempts, captchas, sessions
from console.usecases.token_keys import add_key_if_due, delete_old_keys
from contracts.event import Event


class Upkeep:
    name: ClassVar[str] = "console-upkeep"

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.every_s = settings.upkeep_interval_s

    async def run(self, work: UnitOfWork) -> Sequence[Event]:
        settings, connection = self._settings, work.connection
        await add_key_if_due(connection, work.row_cipher, age_s=settings.key_age_s, lead_s=settings.key_lead_s)
        await delete_old_keys(connection)
        await captchas.delete_old_captchas(connection, settings.captcha_s)
        await attempts.delete_old_attempts(connection, settings.failures_window_s)
        await sessions.delete_old(
            connection, sessions_days=settings.keep_sessions_days, devices_days=settings.keep_devices_days
        )
        return ()
